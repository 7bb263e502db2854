"""A small GKE on loopback: real protocols, simulated machines. Never imported by the product."""
