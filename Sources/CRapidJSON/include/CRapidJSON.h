#ifndef LEADGATE_CRAPIDJSON_H
#define LEADGATE_CRAPIDJSON_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// What an entry of the tape is. Numbers are little endian and unaligned.
enum {
    LG_JSON_NULL = 0,
    LG_JSON_FALSE = 1,
    LG_JSON_TRUE = 2,
    /// 8 bytes: a signed integer whose text was its only spelling.
    LG_JSON_INTEGER = 3,
    /// 4 bytes length, then the text of any other number as it was written.
    LG_JSON_NUMBER = 4,
    /// 4 bytes length, then valid UTF-8 (which may hold NUL).
    LG_JSON_STRING = 5,
    /// 4 bytes count, then that many values.
    LG_JSON_ARRAY = 6,
    /// 4 bytes count, then that many times a key (length and text, no kind) and a value. No key comes twice.
    LG_JSON_OBJECT = 7
};

enum {
    LG_JSON_OK = 0,
    LG_JSON_MALFORMED = 1,
    LG_JSON_TOO_DEEP = 2,
    LG_JSON_DUPLICATE_KEY = 3,
    LG_JSON_TOO_LONG = 4
};

/// One parser and the tape of what it read last.
typedef struct lg_json lg_json;

/// Nil when there is no memory. Owned by the caller, who gives it to `lg_json_free`.
lg_json *lg_json_new(void);
void lg_json_free(lg_json *json);

/// Reads exactly one JSON text (RFC 8259) of valid UTF-8. The bytes are not kept.
///
/// - max_depth: arrays and objects within each other; deeper text is refused before it costs anything.
/// - Returns: one of the codes above; the tape holds one value only after LG_JSON_OK.
int32_t lg_json_parse(lg_json *json, const uint8_t *bytes, size_t length, size_t max_depth);

/// The tape; valid until the next parse.
const uint8_t *lg_json_tape(const lg_json *json, size_t *length);
/// Where reading stopped, in bytes from the start.
size_t lg_json_error_offset(const lg_json *json);
/// A constant text; for a duplicate key the key itself, valid until the next parse.
const char *lg_json_error_text(const lg_json *json, size_t *length);

#ifdef __cplusplus
}
#endif

#endif
