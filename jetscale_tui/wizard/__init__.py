"""The interview without a screen: what was answered, what was found out, how to ask."""
