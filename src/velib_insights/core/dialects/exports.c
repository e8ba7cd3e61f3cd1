/*
 * Reads a sound body of Opendatasoft's exports/json into columns, in the order of the stations' codes.
 *
 * It only ever accepts: a body with anything in it that calls for a judgement (a number that is no count, a missing
 * code, a station that stands twice, a form of instant not met before, JSON that is not sound) is left to the Python
 * of opendatasoft.py, which alone refuses rows and says why. So the two need to agree on sound bodies, and no more.
 *
 * Names and places are not taken apart: they are handed over as JSON arrays of what the rows hold, because they
 * seldom change and comparing their text with the last tick's says so.
 */

#include <stdint.h>
#include <string.h>

#include "json.h"

#ifdef _WIN32
#define API __declspec(dllexport)
#else
#define API __attribute__((visibility("default")))
#endif

enum { COUNTS = 5, ANSWERS = 3, TEXTS = 3, MAX_COUNT = 100000 };
enum { CAPACITY, DOCKS, BIKES, MECHANICAL, EBIKES };             /* counts */
enum { INSTALLED, RENTING, RETURNING };                          /* answers: OUI, NON or null */
enum { CODE, NAME, PLACE };                                      /* texts */
enum { UNKNOWN = -1, NO_COUNT = -1, NO_INSTANT = -1 };
#define LATEST 3000000000LL

typedef enum { IS_TEXT, IS_COUNT, IS_ANSWER, IS_INSTANT } Kind;

typedef struct {
    const char *key; /* with its quotes */
    uint8_t length;
    Kind kind;
    uint8_t slot;
} Field;

#define FIELD(name, kind, slot) {"\"" name "\"", sizeof(name) + 1, kind, slot}
static const Field FIELDS[] = {
    FIELD("stationcode", IS_TEXT, CODE),
    FIELD("name", IS_TEXT, NAME),
    FIELD("is_installed", IS_ANSWER, INSTALLED),
    FIELD("capacity", IS_COUNT, CAPACITY),
    FIELD("numdocksavailable", IS_COUNT, DOCKS),
    FIELD("numbikesavailable", IS_COUNT, BIKES),
    FIELD("mechanical", IS_COUNT, MECHANICAL),
    FIELD("ebike", IS_COUNT, EBIKES),
    FIELD("is_renting", IS_ANSWER, RENTING),
    FIELD("is_returning", IS_ANSWER, RETURNING),
    FIELD("duedate", IS_INSTANT, 0),
    FIELD("coordonnees_geo", IS_TEXT, PLACE),
};
enum { FIELDS_KNOWN = sizeof FIELDS / sizeof *FIELDS };

typedef struct {
    uint32_t at[TEXTS], length[TEXTS]; /* of the value's JSON in the body; length 0 where the row has none */
    int32_t count[COUNTS];
    int8_t answer[ANSWERS];
    int64_t reported;
    uint64_t order; /* the first eight bytes of the code */
} Row;

typedef struct {
    void *values;
    uint8_t *valid; /* a bit a row, for Arrow */
    int64_t nulls;
} Column;

/* ---- Values of a row ---- */

static const uint8_t *count(const uint8_t *p, const uint8_t *end, int32_t *found)
{
    const uint8_t *start = p;
    int32_t total = 0;
    while (p < end && *p >= '0' && *p <= '9' && p - start < 7)
        total = total * 10 + (*p++ - '0');
    if (p == start)
        return WORD(p, end, "null");
    if (total > MAX_COUNT || (*start == '0' && p > start + 1))
        return NULL;
    *found = total; /* what makes it another number (a point, an exponent) is no end of a member */
    return p;
}

static const uint8_t *answer(const uint8_t *p, const uint8_t *end, int8_t *found)
{
    const uint8_t *after;
    if ((after = WORD(p, end, "\"OUI\"")))
        *found = 1;
    else if ((after = WORD(p, end, "\"NON\"")))
        *found = 0;
    else
        after = WORD(p, end, "null");
    return after;
}

static int two(const uint8_t *p, int most)
{
    if (p[0] < '0' || p[0] > '9' || p[1] < '0' || p[1] > '9')
        return UNKNOWN;
    int n = (p[0] - '0') * 10 + p[1] - '0';
    return n <= most ? n : UNKNOWN;
}

static int64_t days_from_1970(int year, int month, int day)
{
    year -= month <= 2; /* years begin in March, so that the leap day comes last */
    int64_t in_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return 365LL * year + year / 4 - year / 100 + year / 400 + in_year - 719468;
}

/* "2026-03-01T23:00:18+00:00" */
static const uint8_t *instant(const uint8_t *p, const uint8_t *end, int64_t *found)
{
    static const uint8_t LENGTHS[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (end - p < 27 || p[0] != '"')
        return WORD(p, end, "null");
    int century = two(p + 1, 99), of_century = two(p + 3, 99), month = two(p + 6, 12), day = two(p + 9, 31);
    int hour = two(p + 12, 23), minute = two(p + 15, 59), second = two(p + 18, 59);
    int off_hours = two(p + 21, 23), off_minutes = two(p + 24, 59);
    if (p[5] != '-' || p[8] != '-' || p[11] != 'T' || p[14] != ':' || p[17] != ':' || p[23] != ':' || p[26] != '"')
        return NULL;
    if ((p[20] != '+' && p[20] != '-') || century < 0 || of_century < 0 || month < 1 || day < 1 || hour < 0)
        return NULL;
    if (minute < 0 || second < 0 || off_hours < 0 || off_minutes < 0)
        return NULL;
    int year = century * 100 + of_century;
    int is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (day > LENGTHS[month - 1] + (month == 2 && is_leap))
        return NULL;
    int64_t offset = (off_hours * 60 + off_minutes) * 60LL;
    int64_t epoch = days_from_1970(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
    epoch += p[20] == '+' ? -offset : offset;
    if (year < 1970 || epoch < 0 || epoch > LATEST)
        return NULL;
    *found = epoch;
    return p + 27;
}

static const uint8_t *text(const uint8_t *p, const uint8_t *end, const uint8_t *body, Row *row, int slot)
{
    const uint8_t *after = value(p, end, 0);
    if (after) {
        row->at[slot] = (uint32_t)(p - body);
        row->length[slot] = (uint32_t)(after - p);
    }
    return after;
}

/* A code is text of printable ASCII without spaces at its ends; Python looks into any other. */
static int set_order(const uint8_t *body, Row *row)
{
    const uint8_t *code = body + row->at[CODE];
    uint32_t length = row->length[CODE];
    if (length < 3 || code[0] != '"' || code[1] == ' ' || code[length - 2] == ' ')
        return 0;
    row->order = 0;
    for (uint32_t i = 1; i < length - 1; i++) {
        if (code[i] < 0x20 || code[i] > 0x7e || code[i] == '\\')
            return 0;
        if (i <= 8)
            row->order |= (uint64_t)code[i] << (64 - 8 * i);
    }
    return 1;
}

static const uint8_t *row_of(const uint8_t *p, const uint8_t *end, const uint8_t *body, Row *row)
{
    unsigned seen = 0;
    int expected = 0;
    memset(row, 0, sizeof *row);
    for (int i = 0; i < COUNTS; i++)
        row->count[i] = NO_COUNT;
    for (int i = 0; i < ANSWERS; i++)
        row->answer[i] = UNKNOWN;
    row->reported = NO_INSTANT;
    if (p >= end || *p != '{')
        return NULL;
    for (p = blanks(p + 1, end); p < end; p = blanks(p + 1, end)) {
        const uint8_t *key = p;
        if (expected < FIELDS_KNOWN && word(p, end, FIELDS[expected].key, FIELDS[expected].length)) {
            p += FIELDS[expected].length;
        } else {
            if (*p != '"' || !(p = string(p, end)) || memchr(key, '\\', (size_t)(p - key)))
                return NULL;
            for (expected = 0; expected < FIELDS_KNOWN; expected++)
                if (FIELDS[expected].length == p - key && !memcmp(key, FIELDS[expected].key, (size_t)(p - key)))
                    break;
        }
        p = blanks(p, end);
        if (p >= end || *p != ':')
            return NULL;
        p = blanks(p + 1, end);
        if (expected == FIELDS_KNOWN) {
            p = value(p, end, 0);
        } else {
            const Field *field = &FIELDS[expected];
            if (seen >> expected & 1)
                return NULL;
            seen |= 1u << expected++;
            switch (field->kind) {
            case IS_TEXT:
                p = text(p, end, body, row, field->slot);
                break;
            case IS_COUNT:
                p = count(p, end, &row->count[field->slot]);
                break;
            case IS_ANSWER:
                p = answer(p, end, &row->answer[field->slot]);
                break;
            case IS_INSTANT:
                p = instant(p, end, &row->reported);
                break;
            }
        }
        if (!p)
            return NULL;
        p = blanks(p, end);
        if (p < end && *p == '}')
            return set_order(body, row) ? p + 1 : NULL;
        if (p >= end || *p != ',')
            return NULL;
    }
    return NULL;
}

/* ---- The body ---- */

static int by_code(const Row *a, const Row *b, const uint8_t *body)
{
    if (a->order != b->order)
        return a->order < b->order ? -1 : 1;
    uint32_t shorter = a->length[CODE] < b->length[CODE] ? a->length[CODE] : b->length[CODE];
    int differ = memcmp(body + a->at[CODE] + 1, body + b->at[CODE] + 1, shorter - 2);
    return differ ? differ : (int)a->length[CODE] - (int)b->length[CODE];
}

/* Merges sorted runs into longer ones; bodies come in any order. Returns where the sorted rows lie. */
static const Row **sorted(const Row **rows, const Row **spare, int64_t n, const uint8_t *body)
{
    for (int64_t width = 1; width < n; width *= 2) {
        for (int64_t left = 0; left < n; left += 2 * width) {
            int64_t middle = left + width < n ? left + width : n;
            int64_t right = middle + width < n ? middle + width : n;
            int64_t i = left, j = middle;
            for (int64_t k = left; k < right; k++)
                spare[k] = i < middle && (j >= right || by_code(rows[i], rows[j], body) <= 0) ? rows[i++] : rows[j++];
        }
        const Row **swapped = rows;
        rows = spare;
        spare = swapped;
    }
    return rows;
}

API int64_t velib_row_bytes(void)
{
    return sizeof(Row) + 2 * sizeof(Row *);
}

/*
 * Reads `body` into `rows`, room for `most` rows of velib_row_bytes() each, and sorts them. Returns how many there are,
 * with the sizes of the three texts in `text_bytes`, or -1 where the body is for Python to judge.
 */
API int64_t velib_read_exports(const uint8_t *body, int64_t length, void *room, int64_t most, int64_t *text_bytes)
{
    const uint8_t *end = body + length, *p = blanks(body, end);
    Row *rows = room;
    int64_t n = 0;
    if (length > UINT32_MAX || p >= end || *p != '[')
        return -1;
    do {
        p = blanks(p + 1, end);
        if (n == most || !(p = row_of(p, end, body, &rows[n])))
            return -1;
        n++;
        p = blanks(p, end);
    } while (p < end && *p == ',');
    if (p >= end || *p != ']' || blanks(p + 1, end) != end)
        return -1;

    const Row **pointers = (const Row **)(rows + most);
    for (int64_t i = 0; i < n; i++)
        pointers[i] = &rows[i];
    const Row **in_order = sorted(pointers, pointers + most, n, body);
    if (in_order != pointers)
        memcpy(pointers, in_order, (size_t)n * sizeof *pointers);
    for (int64_t i = 1; i < n; i++)
        if (!by_code(pointers[i - 1], pointers[i], body))
            return -1;
    for (int slot = 0; slot < TEXTS; slot++) {
        text_bytes[slot] = n + 1;
        for (int64_t i = 0; i < n; i++)
            text_bytes[slot] += rows[i].length[slot] ? rows[i].length[slot] : 4;
    }
    return n;
}

static void set_bit(uint8_t *bits, int64_t i)
{
    bits[i >> 3] |= (uint8_t)(1u << (i & 7));
}

/*
 * Writes the rows that velib_read_exports found, in order. `texts` are three JSON arrays (codes, names, places);
 * `columns` are five of 32-bit counts, three of bits and one of 64-bit seconds, all zero before.
 */
API void velib_write_exports(const uint8_t *body, const void *room, int64_t most, int64_t n, uint8_t **texts,
                             Column *columns)
{
    const Row *const *rows = (const Row *const *)((const Row *)room + most);
    for (int slot = 0; slot < TEXTS; slot++) {
        uint8_t *to = texts[slot];
        for (int64_t i = 0; i < n; i++) {
            uint32_t length = rows[i]->length[slot];
            *to++ = i ? ',' : '[';
            memcpy(to, length ? body + rows[i]->at[slot] : (const uint8_t *)"null", length ? length : 4);
            to += length ? length : 4;
        }
        *to = ']';
    }
    for (int slot = 0; slot < COUNTS; slot++, columns++) {
        int32_t *values = columns->values;
        for (int64_t i = 0; i < n; i++) {
            values[i] = rows[i]->count[slot];
            if (values[i] == NO_COUNT)
                values[i] = 0, columns->nulls++;
            else
                set_bit(columns->valid, i);
        }
    }
    for (int slot = 0; slot < ANSWERS; slot++, columns++) {
        for (int64_t i = 0; i < n; i++) {
            if (rows[i]->answer[slot] == UNKNOWN)
                columns->nulls++;
            else
                set_bit(columns->valid, i);
            if (rows[i]->answer[slot] == 1)
                set_bit(columns->values, i);
        }
    }
    int64_t *seconds = columns->values;
    for (int64_t i = 0; i < n; i++) {
        seconds[i] = rows[i]->reported;
        if (seconds[i] == NO_INSTANT)
            seconds[i] = 0, columns->nulls++;
        else
            set_bit(columns->valid, i);
    }
}
