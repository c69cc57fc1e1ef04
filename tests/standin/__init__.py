"""A stand-in of Exchange Online's admin interface, the token address, Graph and Azure's identity
endpoints, over real HTTPS on loopback, for tests and benches. See README.md."""
