#include "CGMime.h"

#include <string.h>

#include <gmime/gmime.h>

/// Started once for the process; the options are never changed afterwards, so that threads may share them.
static GMimeParserOptions *options(void) {
    static gsize started = 0;
    if (g_once_init_enter(&started)) {
        g_mime_init();
        GMimeParserOptions *made = g_mime_parser_options_new();
        const char *charsets[] = {"utf-8", "windows-1251", NULL};
        g_mime_parser_options_set_fallback_charsets(made, charsets);
        g_once_init_leave(&started, (gsize)made);
    }
    return (GMimeParserOptions *)started;
}

static const char *text(const char *value) { return value ? value : ""; }

static void tell(InternetAddressList *list, int depth, lg_mime_sink sink, void *context) {
    int count = internet_address_list_length(list);
    for (int place = 0; place < count; ++place) {
        InternetAddress *one = internet_address_list_get_address(list, place);
        if (INTERNET_ADDRESS_IS_MAILBOX(one)) {
            sink(
                context, text(internet_address_get_name(one)),
                text(internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(one))));
        } else if (depth == 0 && INTERNET_ADDRESS_IS_GROUP(one)) {
            tell(internet_address_group_get_members(INTERNET_ADDRESS_GROUP(one)), 1, sink, context);
        }
    }
}

void lg_mime_addresses(const char *value, lg_mime_sink sink, void *context) {
    InternetAddressList *list = internet_address_list_parse(options(), value);
    if (!list) return;
    tell(list, 0, sink, context);
    g_object_unref(list);
}

static void tell_parameters(GMimeParamList *list, lg_mime_sink sink, void *context) {
    int count = list ? g_mime_param_list_length(list) : 0;
    for (int place = 0; place < count; ++place) {
        GMimeParam *one = g_mime_param_list_get_parameter_at(list, place);
        sink(context, text(g_mime_param_get_name(one)), text(g_mime_param_get_value(one)));
    }
}

void lg_mime_content_type(const char *value, lg_mime_sink sink, void *context) {
    GMimeContentType *type = g_mime_content_type_parse(options(), value);
    if (!type) return;
    sink(context, text(g_mime_content_type_get_media_type(type)), text(g_mime_content_type_get_media_subtype(type)));
    tell_parameters(g_mime_content_type_get_parameters(type), sink, context);
    g_object_unref(type);
}

void lg_mime_disposition(const char *value, lg_mime_sink sink, void *context) {
    GMimeContentDisposition *disposition = g_mime_content_disposition_parse(options(), value);
    if (!disposition) return;
    sink(context, text(g_mime_content_disposition_get_disposition(disposition)), "");
    tell_parameters(g_mime_content_disposition_get_parameters(disposition), sink, context);
    g_object_unref(disposition);
}

int lg_mime_date(const char *value, int64_t *seconds) {
    options();
    GDateTime *date = g_mime_utils_header_decode_date(value);
    if (!date) return 0;
    *seconds = g_date_time_to_unix(date);
    g_date_time_unref(date);
    return 1;
}

static GMimeEncoding decoder(const char *encoding) {
    options();
    GMimeEncoding state;
    memset(&state, 0, sizeof state);
    g_mime_encoding_init_decode(&state, g_mime_content_encoding_from_string(encoding));
    return state;
}

size_t lg_mime_decoded_room(const char *encoding, size_t count) {
    GMimeEncoding state = decoder(encoding);
    return g_mime_encoding_outlen(&state, count) + 16;
}

size_t lg_mime_decode(const char *encoding, const void *bytes, size_t count, void *out) {
    GMimeEncoding state = decoder(encoding);
    return g_mime_encoding_flush(&state, bytes, count, out);
}
