"""The Google Cloud services of the sandbox, over gRPC with the official messages."""
