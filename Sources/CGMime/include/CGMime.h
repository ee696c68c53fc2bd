// GMime's grammar of header fields and its transfer decoders behind plain C: Swift sees neither GObject nor GLib. No call
// keeps a pointer it was given or prints; all may be made from any thread at once.
#ifndef LEADGATE_CGMIME_H
#define LEADGATE_CGMIME_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Takes two texts, valid during the call and never null.
typedef void (*lg_mime_sink)(void *context, const char *first, const char *second);

/// Calls `sink` with name (may be empty) and address of each mailbox of an address list, groups opened one level.
void lg_mime_addresses(const char *value, lg_mime_sink sink, void *context);

/// Reads a Content-Type: calls `sink` first with type and subtype, then with name and value of each parameter, decoded.
void lg_mime_content_type(const char *value, lg_mime_sink sink, void *context);

/// Reads a Content-Disposition: calls `sink` first with the word and "", then with name and value of each parameter.
void lg_mime_disposition(const char *value, lg_mime_sink sink, void *context);

/// Reads a date. Gives 1 and fills `seconds` since 1970, or 0.
int lg_mime_date(const char *value, int64_t *seconds);

/// Room that lg_mime_decode needs for `count` bytes of this Content-Transfer-Encoding.
size_t lg_mime_decoded_room(const char *encoding, size_t count);

/// Undoes a Content-Transfer-Encoding; an unknown one copies. `out` has lg_mime_decoded_room bytes. Gives how many were
/// written.
size_t lg_mime_decode(const char *encoding, const void *bytes, size_t count, void *out);

#ifdef __cplusplus
}
#endif

#endif
