/*
 * Sound JSON, passed over without being read: each function returns where the value ends, or NULL where there is no such
 * value, or one that only Python may judge.
 */

#ifndef VELIB_JSON_H
#define VELIB_JSON_H

#include <stdint.h>
#include <string.h>

enum { MAX_DEPTH = 16 };

static const uint8_t *blanks(const uint8_t *p, const uint8_t *end)
{
    while (p < end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
        p++;
    return p;
}

static int is_hex(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Half of a surrogate pair is left to Python: alone it is no Unicode. */
static const uint8_t *escape(const uint8_t *p, const uint8_t *end)
{
    if (end - p < 2)
        return NULL;
    if (p[1] != 'u')
        return strchr("\"\\/bfnrt", p[1]) && p[1] ? p + 2 : NULL;
    if (end - p < 6 || !is_hex(p[2]) || !is_hex(p[3]) || !is_hex(p[4]) || !is_hex(p[5]))
        return NULL;
    if ((p[2] == 'd' || p[2] == 'D') && p[3] >= '8')
        return NULL;
    return p + 6;
}

/* Eight bytes at once, up to the first that is a quote, a backslash or a control character, or to somewhere before. */
static const uint8_t *plain(const uint8_t *p, const uint8_t *end)
{
    const uint64_t ones = 0x0101010101010101ULL, highs = 0x8080808080808080ULL;
    for (; end - p >= 8; p += 8) {
        uint64_t eight;
        memcpy(&eight, p, 8);
        uint64_t quote = eight ^ ones * '"', backslash = eight ^ ones * '\\';
        uint64_t found = ((eight - ones * 0x20) | (quote - ones) | (backslash - ones)) & ~eight & highs;
        if (found) {
#if defined __GNUC__ && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
            p += __builtin_ctzll(found) / 8;
#endif
            break;
        }
    }
    return p;
}

static const uint8_t *string(const uint8_t *p, const uint8_t *end)
{
    for (p = plain(p + 1, end); p < end;) {
        if (*p == '"')
            return p + 1;
        if (*p == '\\') {
            if (!(p = escape(p, end)))
                return NULL;
        } else if (*p < 0x20) {
            return NULL;
        } else {
            p++;
        }
    }
    return NULL;
}

static const uint8_t *digits(const uint8_t *p, const uint8_t *end)
{
    const uint8_t *start = p;
    while (p < end && *p >= '0' && *p <= '9')
        p++;
    return p > start ? p : NULL;
}

static const uint8_t *number(const uint8_t *p, const uint8_t *end)
{
    if (*p == '-')
        p++;
    const uint8_t *start = p;
    if (!(p = digits(p, end)) || (*start == '0' && p > start + 1))
        return NULL;
    if (p < end && *p == '.' && !(p = digits(p + 1, end)))
        return NULL;
    if (p < end && (*p == 'e' || *p == 'E'))
        return NULL; /* it may be too large for what Python reads it into */
    return p;
}

static const uint8_t *word(const uint8_t *p, const uint8_t *end, const char *expected, size_t length)
{
    return (size_t)(end - p) >= length && !memcmp(p, expected, length) ? p + length : NULL;
}
#define WORD(p, end, text) word(p, end, text, sizeof(text) - 1)

static const uint8_t *value(const uint8_t *p, const uint8_t *end, int depth);

static const uint8_t *members(const uint8_t *p, const uint8_t *end, uint8_t close, int depth)
{
    if (depth > MAX_DEPTH)
        return NULL;
    p = blanks(p + 1, end);
    if (p < end && *p == close)
        return p + 1;
    while (p < end) {
        if (close == '}') {
            if (*p != '"' || !(p = string(p, end)))
                return NULL;
            p = blanks(p, end);
            if (p >= end || *p != ':')
                return NULL;
            p = blanks(p + 1, end);
        }
        if (!(p = value(p, end, depth)))
            return NULL;
        p = blanks(p, end);
        if (p >= end)
            return NULL;
        if (*p == close)
            return p + 1;
        if (*p != ',')
            return NULL;
        p = blanks(p + 1, end);
    }
    return NULL;
}

static const uint8_t *value(const uint8_t *p, const uint8_t *end, int depth)
{
    if (p >= end)
        return NULL;
    switch (*p) {
    case '"':
        return string(p, end);
    case '{':
        return members(p, end, '}', depth + 1);
    case '[':
        return members(p, end, ']', depth + 1);
    case 't':
        return WORD(p, end, "true");
    case 'f':
        return WORD(p, end, "false");
    case 'n':
        return WORD(p, end, "null");
    default:
        return number(p, end);
    }
}

#endif
