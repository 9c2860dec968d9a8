"""How people come in: a password kept here, or an OpenID Connect provider."""
