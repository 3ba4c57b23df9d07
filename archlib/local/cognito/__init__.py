"""Cognito: user pools and identity pools with real proofs, keys, tokens and credentials.

What is checked for real: codes, passwords (SRP-6a or plain, against a stored verifier), token
signatures with keys that no two pools share, expiries on the virtual clock, logins at identity
pools, and the trust policy of the role whose credentials they hand out.
"""

from archlib.local.cognito.plane import CognitoPlane
from archlib.local.cognito.tokens import TokenRejected

__all__ = ["CognitoPlane", "TokenRejected"]
