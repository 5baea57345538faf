"""Point-in-time features: tables in, a leak-free panel out."""
