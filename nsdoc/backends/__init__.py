"""The kernels that nsdoc can talk to, one package each; they are strangers to one another."""
