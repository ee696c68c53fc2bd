#include "CPhoneNumbers.h"

#include <cstring>
#include <string>

#include <phonenumbers/logger.h>
#include <phonenumbers/phonenumber.pb.h>
#include <phonenumbers/phonenumbermatch.h>
#include <phonenumbers/phonenumbermatcher.h>
#include <phonenumbers/phonenumberutil.h>

using i18n::phonenumbers::NullLogger;
using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberMatch;
using i18n::phonenumbers::PhoneNumberMatcher;
using i18n::phonenumbers::PhoneNumberUtil;

namespace {

/// The library's one instance, muted before its first use: by default it prints what it cannot parse.
const PhoneNumberUtil &library() {
    static PhoneNumberUtil *const shared = [] {
        PhoneNumberUtil *util = PhoneNumberUtil::GetInstance();
        util->SetLogger(new NullLogger());  // owned by the library from here on
        return util;
    }();
    return *shared;
}

bool copy(const std::string &text, char *out, size_t capacity) {
    if (text.size() >= capacity) return false;
    std::memcpy(out, text.c_str(), text.size() + 1);
    return true;
}

/// Follows a number to the one that its E.164 form stands for. Reading may drop a trunk digit each time, which for a
/// number outside the known ranges would make one person two.
bool settle(const PhoneNumberUtil &util, PhoneNumber &number, std::string &e164) {
    util.Format(number, PhoneNumberUtil::E164, &e164);
    for (int round = 0; round < 4; ++round) {
        PhoneNumber again;
        std::string text;
        if (util.Parse(e164, "ZZ", &again) != PhoneNumberUtil::NO_PARSING_ERROR) return false;
        util.Format(again, PhoneNumberUtil::E164, &text);
        if (again.has_extension()) return false;
        number = again;
        if (text == e164) return true;
        e164 = text;
    }
    return false;
}

bool fill(const PhoneNumberUtil &util, PhoneNumber number, lg_phone *out) {
    std::string e164, region;
    const std::string extension = number.has_extension() ? number.extension() : "";
    if (!settle(util, number, e164) || e164.size() > 16) return false;
    // A number that can be dialled only inside its town is not enough to know a person by.
    if (util.IsPossibleNumberWithReason(number) != PhoneNumberUtil::IS_POSSIBLE) return false;
    util.GetRegionCodeForNumber(number, &region);
    if (region == "ZZ") region.clear();
    *out = lg_phone{};
    out->is_valid = util.IsValidNumber(number) ? 1 : 0;
    return copy(e164, out->e164, sizeof out->e164) && copy(region, out->region, sizeof out->region)
        && copy(extension, out->extension, sizeof out->extension);
}

}  // namespace

extern "C" int lg_phone_parse(const char *text, size_t length, const char *region, lg_phone *out) {
    try {
        const PhoneNumberUtil &util = library();
        PhoneNumber number;
        if (length > 250) return 0;
        if (util.Parse(std::string(text, length), region, &number) != PhoneNumberUtil::NO_PARSING_ERROR) return 0;
        return fill(util, number, out) ? 1 : 0;
    } catch (...) {
        return 0;
    }
}

extern "C" size_t lg_phone_find(
    const char *text, size_t length, const char *region, int tries, lg_phone *out, size_t capacity
) {
    size_t count = 0;
    try {
        const PhoneNumberUtil &util = library();
        PhoneNumberMatcher matcher(util, std::string(text, length), region, PhoneNumberMatcher::VALID, tries);
        PhoneNumberMatch match;
        while (count < capacity && matcher.HasNext() && matcher.Next(&match)) {
            if (fill(util, match.number(), &out[count])) ++count;
        }
    } catch (...) {
        // What was found before memory ran out still counts.
    }
    return count;
}

extern "C" void lg_phone_trunk(const char *region, char *out, size_t capacity) {
    if (capacity == 0) return;
    out[0] = 0;
    try {
        std::string prefix;
        library().GetNddPrefixForRegion(region, true, &prefix);
        if (!copy(prefix, out, capacity)) out[0] = 0;
    } catch (...) {
        out[0] = 0;
    }
}
