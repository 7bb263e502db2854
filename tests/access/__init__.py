"""Getting in: credentials, rights and networks as people have them, and as they lack them."""
