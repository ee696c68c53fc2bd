// libxml2's forgiving HTML parser as a stream of events: no tree is built, so that memory does not follow the input.
#ifndef LEADGATE_CXML2_H
#define LEADGATE_CXML2_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/// What a page tells, in order. Names are lower case; all pointers are valid during the call. `context` is passed through.
typedef struct lg_html_sink {
    void *context;
    /// `attributes`: name, value, name, value..., null; null where there are none; a value may be null. Gives 0 to stop.
    int (*start)(void *context, const char *name, const char *const *attributes);
    void (*end)(void *context, const char *name);
    /// `text` is UTF-8, not ended by a zero byte.
    void (*text)(void *context, const char *text, size_t count);
} lg_html_sink;

/// Reads UTF-8 without zero bytes, at most INT_MAX. Loads nothing, prints nothing; may be called from any thread at once.
void lg_html_read(const char *html, size_t count, const lg_html_sink *sink);

#ifdef __cplusplus
}
#endif

#endif
