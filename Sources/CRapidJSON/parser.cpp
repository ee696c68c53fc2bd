#include "include/CRapidJSON.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

// A broken assumption inside the library must end as an error of this one text, not abort the process.
#define RAPIDJSON_ASSERT(condition) \
    do { if (!(condition)) throw std::logic_error("RapidJSON assertion"); } while (0)
#define RAPIDJSON_HAS_CXX11_NOEXCEPT 0
#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

namespace {

/// 1 GiB: lengths and counts on the tape have 32 bits.
constexpr size_t longest_text = size_t(1) << 30;
/// Objects up to this size are searched pair by pair for a repeated key, larger ones are sorted.
constexpr size_t few_keys = 12;

struct KeyPlace {
    uint32_t position;  // on the tape
    uint32_t length;
    size_t offset;  // in the text, just past the key
};

struct Open {
    size_t position;  // of the count on the tape
    size_t first_key;
    uint32_t count;
    bool is_object;
};

/// The only spelling of a signed 64-bit integer; not "-0", nothing with a point or an exponent.
bool is_canonical_integer(const char *text, size_t length, int64_t *value) {
    auto result = std::from_chars(text, text + length, *value);
    return result.ec == std::errc() && result.ptr == text + length && !(*value == 0 && text[0] == '-');
}

/// RapidJSON 1.1 lets the escape of a low surrogate without its high one through.
bool has_surrogate(const char *text, size_t length) {
    const char *end = text + length;
    while ((text = static_cast<const char *>(memchr(text, 0xED, size_t(end - text))))) {
        if (end - text > 1 && uint8_t(text[1]) >= 0xA0) return true;
        ++text;
    }
    return false;
}

}  // namespace

struct lg_json {
    using Ch = char;

    std::vector<uint8_t> tape;
    std::vector<Open> open;
    std::vector<KeyPlace> keys;
    rapidjson::MemoryStream *stream = nullptr;
    size_t max_depth = 0;
    int32_t code = LG_JSON_OK;
    size_t offset = 0;
    std::string_view reason;
    std::string duplicate;

    // The reader's events; false ends reading.

    bool Null() { return atom(LG_JSON_NULL); }
    bool Bool(bool value) { return atom(value ? LG_JSON_TRUE : LG_JSON_FALSE); }
    bool Int(int) { return false; }
    bool Uint(unsigned) { return false; }
    bool Int64(int64_t) { return false; }
    bool Uint64(uint64_t) { return false; }
    bool Double(double) { return false; }

    bool RawNumber(const char *text, rapidjson::SizeType length, bool) {
        int64_t value = 0;
        if (!is_canonical_integer(text, length, &value)) return counted(LG_JSON_NUMBER, text, length);
        uint8_t *place = grow(1 + sizeof value);
        place[0] = LG_JSON_INTEGER;
        memcpy(place + 1, &value, sizeof value);
        return true;
    }

    bool String(const char *text, rapidjson::SizeType length, bool) {
        if (has_surrogate(text, length)) return stop(LG_JSON_MALFORMED, "lone surrogate in a string");
        return counted(LG_JSON_STRING, text, length);
    }

    bool Key(const char *text, rapidjson::SizeType length, bool) {
        if (has_surrogate(text, length)) return stop(LG_JSON_MALFORMED, "lone surrogate in a string");
        uint8_t *place = grow(4 + size_t(length));
        uint32_t count = length;
        memcpy(place, &count, 4);
        memcpy(place + 4, text, length);
        keys.push_back({uint32_t(tape.size() - length), count, stream->Tell()});
        return true;
    }

    bool StartObject() { return begin(LG_JSON_OBJECT); }
    bool StartArray() { return begin(LG_JSON_ARRAY); }
    bool EndArray(rapidjson::SizeType count) { return end(count); }

    bool EndObject(rapidjson::SizeType count) {
        size_t first = open.back().first_key;
        if (const KeyPlace *repeated = repeated_key(first)) {
            duplicate = text(*repeated);
            stop(LG_JSON_DUPLICATE_KEY, duplicate);
            offset = repeated->offset;
            return false;
        }
        keys.resize(first);
        return end(count);
    }

  private:
    uint8_t *grow(size_t count) {
        size_t size = tape.size();
        if (size + count > UINT32_MAX) throw std::bad_alloc();
        tape.resize(size + count);
        return tape.data() + size;
    }

    bool atom(uint8_t kind) {
        tape.push_back(kind);
        return true;
    }

    bool counted(uint8_t kind, const char *text, uint32_t length) {
        uint8_t *place = grow(5 + size_t(length));
        place[0] = kind;
        memcpy(place + 1, &length, 4);
        memcpy(place + 5, text, length);
        return true;
    }

    bool begin(uint8_t kind) {
        if (open.size() >= max_depth) return stop(LG_JSON_TOO_DEEP, "too deep");
        uint8_t *place = grow(5);
        place[0] = kind;
        open.push_back({tape.size() - 4, keys.size(), 0, kind == LG_JSON_OBJECT});
        return true;
    }

    bool end(uint32_t count) {
        memcpy(tape.data() + open.back().position, &count, 4);
        open.pop_back();
        return true;
    }

    bool stop(int32_t why, std::string_view text) {
        code = why;
        reason = text;
        offset = stream->Tell();
        return false;
    }

    std::string_view text(const KeyPlace &key) const {
        return {reinterpret_cast<const char *>(tape.data()) + key.position, key.length};
    }

    /// The later of two equal keys of the object that ends now, or nil. Keys are compared byte by byte.
    const KeyPlace *repeated_key(size_t first) {
        size_t count = keys.size() - first;
        KeyPlace *start = keys.data() + first;
        if (count <= few_keys) {
            for (size_t later = 1; later < count; ++later)
                for (size_t earlier = 0; earlier < later; ++earlier)
                    if (text(start[later]) == text(start[earlier])) return start + later;
            return nullptr;
        }
        std::sort(start, start + count, [this](const KeyPlace &a, const KeyPlace &b) {
            int order = text(a).compare(text(b));
            return order != 0 ? order < 0 : a.offset < b.offset;
        });
        for (size_t later = 1; later < count; ++later)
            if (text(start[later]) == text(start[later - 1])) return start + later;
        return nullptr;
    }
};

lg_json *lg_json_new(void) { return new (std::nothrow) lg_json; }

void lg_json_free(lg_json *json) { delete json; }

int32_t lg_json_parse(lg_json *json, const uint8_t *bytes, size_t length, size_t max_depth) {
    json->tape.clear();
    json->open.clear();
    json->keys.clear();
    json->code = LG_JSON_OK;
    json->reason = {};
    json->offset = 0;
    json->max_depth = max_depth;
    if (length > longest_text) {
        json->reason = "longer than 1 GiB";
        return json->code = LG_JSON_TOO_LONG;
    }
    try {
        json->tape.reserve(length + length / 2 + 64);
        rapidjson::MemoryStream stream(length ? reinterpret_cast<const char *>(bytes) : "", length);
        json->stream = &stream;
        rapidjson::Reader reader;
        constexpr unsigned flags = rapidjson::kParseIterativeFlag | rapidjson::kParseNumbersAsStringsFlag
            | rapidjson::kParseValidateEncodingFlag;
        auto result = reader.Parse<flags>(stream, *json);
        if (result.IsError()) {
            if (json->code == LG_JSON_OK) {
                json->code = LG_JSON_MALFORMED;
                json->reason = rapidjson::GetParseError_En(result.Code());
                json->offset = result.Offset();
            }
        } else if (stream.Tell() != length) {  // the reader takes a NUL byte for the end
            json->code = LG_JSON_MALFORMED;
            json->reason = "NUL byte after the value";
            json->offset = stream.Tell();
        }
    } catch (const std::exception &) {
        json->code = LG_JSON_MALFORMED;
        json->reason = "not enough memory";
        json->offset = 0;
    }
    json->stream = nullptr;
    return json->code;
}

const uint8_t *lg_json_tape(const lg_json *json, size_t *length) {
    *length = json->tape.size();
    return json->tape.data();
}

size_t lg_json_error_offset(const lg_json *json) { return json->offset; }

const char *lg_json_error_text(const lg_json *json, size_t *length) {
    *length = json->reason.size();
    return json->reason.data();
}
