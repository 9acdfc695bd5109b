"""The signature of a thinking block, which has to come back unchanged with the block.

Made from the text and the model alone, so that a simulator started later takes it too. No secret:
it shows that a client kept the block byte for byte, and proves nothing more.
"""

import base64
import hmac

_KEY = b"claude-cli simulator"


def sign(model_id: str, thinking: str) -> str:
    message = f"{model_id}\n{thinking}".encode(errors="surrogatepass")
    return base64.b64encode(hmac.digest(_KEY, message, "sha256")).decode()


def is_signed(model_id: str, thinking: str, signature: str) -> bool:
    return hmac.compare_digest(sign(model_id, thinking).encode(), signature.encode())
