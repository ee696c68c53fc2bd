// libxml2's forgiving HTML parser as a stream of events: no tree is built, so that memory does not follow the input.
#ifndef LEADGATE_CXML2_H
#define LEADGATE_CXML2_H

#include <stddef.h>
#include <stdint.h>

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

// libxml2's strict reader of XML with everything switched off that reads elsewhere or grows: no DTD, no entities of the
// document's own, no network. May be called from any thread at once.

/// What an entry of the tape is: this byte, a length of 4 bytes (little endian, unaligned), then UTF-8 without NUL.
enum {
    /// An element begins; its name without the prefix.
    LG_XML_OPEN = 1,
    /// Of the element that began last: its name without the prefix, and then an entry LG_XML_TEXT with its value.
    LG_XML_ATTRIBUTE = 2,
    /// A piece of the text in the open element.
    LG_XML_TEXT = 3,
    /// The open element ends; the length is 0.
    LG_XML_CLOSE = 4
};

enum {
    LG_XML_OK = 0,
    LG_XML_MALFORMED = 1,
    LG_XML_TOO_DEEP = 2,
    LG_XML_TOO_MANY = 3,
    LG_XML_DOCTYPE = 4,
    LG_XML_NO_MEMORY = 5
};

/// The tape of one document.
typedef struct lg_xml lg_xml;

/// Reads one document. The bytes are not kept.
///
/// - length: at most 2^31 - 1.
/// - max_depth: elements within each other. max_nodes: elements and attributes together.
/// - Returns: the tape, which is whole only if `code` is LG_XML_OK; owned by the caller, who gives it to `lg_xml_free`.
///   Null without memory, with the code LG_XML_NO_MEMORY.
lg_xml *lg_xml_read(const uint8_t *bytes, size_t length, size_t max_depth, size_t max_nodes, int32_t *code);
const uint8_t *lg_xml_tape(const lg_xml *xml, size_t *length);
void lg_xml_free(lg_xml *xml);

#ifdef __cplusplus
}
#endif

#endif
