"""The releases on which claims hold, as the model of every release says, and the bounds that are wrong."""
