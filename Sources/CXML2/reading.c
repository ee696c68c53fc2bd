#include "CXML2.h"

#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct lg_xml {
    uint8_t *tape;
    size_t count;
    size_t capacity;
    size_t depth;
    size_t nodes;
    size_t max_depth;
    size_t max_nodes;
    int32_t code;
    xmlParserCtxtPtr parser;
};

static void stop(lg_xml *xml, int32_t code) {
    if (xml->code == LG_XML_OK) xml->code = code;
    xmlStopParser(xml->parser);
}

static void put(lg_xml *xml, uint8_t kind, const void *bytes, size_t count) {
    if (xml->code != LG_XML_OK) return;
    size_t needed = xml->count + 5 + count;
    if (needed > xml->capacity) {
        size_t capacity = xml->capacity * 2 > needed ? xml->capacity * 2 : needed;
        uint8_t *tape = realloc(xml->tape, capacity);
        if (tape == NULL) {
            stop(xml, LG_XML_NO_MEMORY);
            return;
        }
        xml->tape = tape;
        xml->capacity = capacity;
    }
    uint32_t length = (uint32_t)count;
    xml->tape[xml->count] = kind;
    memcpy(xml->tape + xml->count + 1, &length, 4);
    if (count > 0) memcpy(xml->tape + xml->count + 5, bytes, count);
    xml->count = needed;
}

static void open_element(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
                         int namespace_count, const xmlChar **namespaces, int count, int defaulted,
                         const xmlChar **attributes) {
    (void)prefix, (void)uri, (void)namespace_count, (void)namespaces, (void)defaulted;
    lg_xml *xml = context;
    xml->depth += 1;
    xml->nodes += 1 + (size_t)count;
    if (xml->depth > xml->max_depth) {
        stop(xml, LG_XML_TOO_DEEP);
        return;
    }
    if (xml->nodes > xml->max_nodes) {
        stop(xml, LG_XML_TOO_MANY);
        return;
    }
    put(xml, LG_XML_OPEN, name, strlen((const char *)name));
    // Five pointers each: name, prefix, URI, begin and end of the value.
    for (int i = 0; i < count; i++) {
        const xmlChar **attribute = attributes + 5 * i;
        put(xml, LG_XML_ATTRIBUTE, attribute[0], strlen((const char *)attribute[0]));
        put(xml, LG_XML_TEXT, attribute[3], (size_t)(attribute[4] - attribute[3]));
    }
}

static void close_element(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri) {
    (void)name, (void)prefix, (void)uri;
    lg_xml *xml = context;
    xml->depth -= 1;
    put(xml, LG_XML_CLOSE, NULL, 0);
}

static void take_text(void *context, const xmlChar *text, int count) {
    put(context, LG_XML_TEXT, text, (size_t)count);
}

static void refuse_doctype(void *context, const xmlChar *name, const xmlChar *external, const xmlChar *system) {
    (void)name, (void)external, (void)system;
    stop(context, LG_XML_DOCTYPE);
}

static pthread_once_t ready = PTHREAD_ONCE_INIT;

lg_xml *lg_xml_read(const uint8_t *bytes, size_t length, size_t max_depth, size_t max_nodes, int32_t *code) {
    pthread_once(&ready, xmlInitParser);
    *code = LG_XML_NO_MEMORY;
    lg_xml *xml = calloc(1, sizeof(lg_xml));
    if (xml == NULL) return NULL;
    xml->max_depth = max_depth;
    xml->max_nodes = max_nodes;
    *code = LG_XML_MALFORMED;
    if (length == 0 || length > INT32_MAX) return xml;
    xml->parser = xmlCreateMemoryParserCtxt((const char *)bytes, (int)length);
    if (xml->parser == NULL) {
        lg_xml_free(xml);
        *code = LG_XML_NO_MEMORY;
        return NULL;
    }
    xmlCtxtUseOptions(xml->parser, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    // Without a handler an event comes to nothing: comments, instructions, entities and their declarations.
    xmlSAXHandler handler;
    memset(&handler, 0, sizeof handler);
    handler.initialized = XML_SAX2_MAGIC;
    handler.startElementNs = open_element;
    handler.endElementNs = close_element;
    handler.characters = take_text;
    handler.cdataBlock = take_text;
    handler.internalSubset = refuse_doctype;
    handler.externalSubset = refuse_doctype;
    *xml->parser->sax = handler;
    xml->parser->userData = xml;
    xmlParseDocument(xml->parser);
    if (xml->code == LG_XML_OK && (!xml->parser->wellFormed || xml->parser->errNo == XML_ERR_NO_MEMORY)) {
        xml->code = LG_XML_MALFORMED;
    }
    *code = xml->code;
    xmlFreeParserCtxt(xml->parser);
    xml->parser = NULL;
    return xml;
}

const uint8_t *lg_xml_tape(const lg_xml *xml, size_t *length) {
    *length = xml->count;
    return xml->tape;
}

void lg_xml_free(lg_xml *xml) {
    if (xml == NULL) return;
    free(xml->tape);
    free(xml);
}
