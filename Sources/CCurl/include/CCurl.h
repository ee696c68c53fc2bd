// libcurl's variadic calls, one function for each type of value, since Swift does not import variadics.
#ifndef LEADGATE_CCURL_H
#define LEADGATE_CCURL_H

#include <stddef.h>

#include <curl/curl.h>

/// Takes a piece of an answer: `size` bytes at `data`, valid during the call. Gives back `size`, or less to stop the
/// transfer with CURLE_WRITE_ERROR.
typedef size_t (*lg_curl_sink)(char *data, size_t unit, size_t size, void *context);

CURLcode lg_curl_set_long(CURL *handle, CURLoption option, long value);

/// For options with a curl_off_t.
CURLcode lg_curl_set_size(CURL *handle, CURLoption option, curl_off_t value);

/// The text is copied by libcurl. Null restores the default.
CURLcode lg_curl_set_text(CURL *handle, CURLoption option, const char *value);

/// Request header lines; the list must stay until it is set again or the handle is reset.
CURLcode lg_curl_set_headers(CURL *handle, struct curl_slist *lines);

/// A request body that is not copied: it must stay until the transfer ends.
CURLcode lg_curl_set_body(CURL *handle, const void *bytes, size_t count);

/// Where header lines and body go during a transfer. `context` is passed through and never looked at.
CURLcode lg_curl_set_sinks(CURL *handle, lg_curl_sink header, lg_curl_sink body, void *context);

/// The status of the last answer; 0 where there was none.
long lg_curl_status(CURL *handle);

#endif
