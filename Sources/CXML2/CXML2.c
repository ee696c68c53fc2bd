#include "CXML2.h"

#include <limits.h>
#include <pthread.h>
#include <string.h>

#include <libxml/HTMLparser.h>

/// Lies behind `context->_private` while a page is read.
static const lg_html_sink *sink_of(void *context) { return ((htmlParserCtxtPtr)context)->_private; }

static void start(void *context, const xmlChar *name, const xmlChar **attributes) {
    const lg_html_sink *sink = sink_of(context);
    if (sink->start(sink->context, (const char *)name, (const char *const *)attributes) == 0) xmlStopParser(context);
}

static void end(void *context, const xmlChar *name) {
    const lg_html_sink *sink = sink_of(context);
    sink->end(sink->context, (const char *)name);
}

static void characters(void *context, const xmlChar *text, int count) {
    const lg_html_sink *sink = sink_of(context);
    if (count > 0) sink->text(sink->context, (const char *)text, (size_t)count);
}

static pthread_once_t once = PTHREAD_ONCE_INIT;

void lg_html_read(const char *html, size_t count, const lg_html_sink *sink) {
    if (count == 0 || count > INT_MAX) return;
    pthread_once(&once, xmlInitParser);
    htmlParserCtxtPtr context = htmlNewParserCtxt();
    if (!context) return;
    memset(context->sax, 0, sizeof *context->sax);
    context->sax->startElement = start;
    context->sax->endElement = end;
    context->sax->characters = characters;
    context->sax->ignorableWhitespace = characters;
    context->sax->cdataBlock = characters;
    context->_private = (void *)sink;
    htmlDocPtr document = htmlCtxtReadMemory(
        context, html, (int)count, NULL, "UTF-8",
        HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET | HTML_PARSE_IGNORE_ENC);
    if (document) xmlFreeDoc(document);
    htmlFreeParserCtxt(context);
}
