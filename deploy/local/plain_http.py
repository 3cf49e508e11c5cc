"""HTTP on this machine is not encrypted, so whom to trust need not be read for each client."""

import ssl

# httpx reads all public authorities where it is given none: 20 ms of processor for each client.
NO_AUTHORITIES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
