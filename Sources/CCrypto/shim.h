// OpenSSL's libcrypto, for SHA-256 of parameters and training state (evp.h).
#pragma once
#include <openssl/evp.h>
