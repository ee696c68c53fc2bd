// A C face for libphonenumber (C++). No call keeps a pointer it was given, throws, or prints; all may be made from
// any thread at once.
#ifndef LEADGATE_CPHONENUMBERS_H
#define LEADGATE_CPHONENUMBERS_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/// One number, copied out of the library. Texts end with a zero byte.
typedef struct lg_phone {
    char e164[24];    ///< plus and 1...15 digits
    char extension[24]; ///< digits; empty where there is none
    char region[8];   ///< "UA"; "001" for numbers of no country; empty where the library does not know
    int is_valid;     ///< 1 where the number fits a range of the library's data
} lg_phone;

/// Reads one number of at most 250 bytes of UTF-8. `region` is two upper-case letters, or empty: then only a number
/// with a plus is understood.
///
/// Gives 1 and fills `out` where the number has a possible length for its country and reading its E.164 form again
/// gives that form; else 0.
int lg_phone_parse(const char *text, size_t length, const char *region, lg_phone *out);

/// Finds valid numbers in UTF-8 text, in order, at most `capacity`; `tries` bounds how many spots that look like a
/// number are looked at. Gives how many were written to `out`.
size_t lg_phone_find(const char *text, size_t length, const char *region, int tries, lg_phone *out, size_t capacity);

/// Writes the digits dialled before a national number in `region` ("0" in UA, "8" in RU), empty where there are none.
void lg_phone_trunk(const char *region, char *out, size_t capacity);

#ifdef __cplusplus
}
#endif

#endif
