#ifndef LEADGATE_CCRYPTO_H
#define LEADGATE_CCRYPTO_H

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#endif
