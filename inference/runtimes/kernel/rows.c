/* Feature rows out of JSON text: {"features": [[0.5, -3e2], [1, 2]]} and nothing else.
 *
 * Most of a large call's time went into making a Python number of every value and taking it apart again.
 * This reads the one shape that programs send in bulk straight into an array, and gives up on everything
 * else, also on what is good JSON: another reader takes the text from the beginning and knows what to say.
 *
 * The text ends with a NUL, as every Python bytes object does, and no loop here goes past a NUL: that is the
 * only bound it needs. Nothing is kept between calls.
 */
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if FLT_EVAL_METHOD != 0
#error "This target computes with more digits than double has; a quotient would be rounded twice."
#endif

#define MOST_DIGITS 19 /* every number of so many digits fits 64 bits, and so does 10 to its power */
#define MOST_EXPONENT_DIGITS 4
#define EXACT_DIGITS ((uint64_t)1 << 53) /* every integer up to here is a double, and so are these: */
#define EXACT_POWER 22
__extension__ typedef unsigned __int128 wide;
static const double POWERS[EXACT_POWER + 1] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                               1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                               1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

static int is_digit(char one) { return one >= '0' && one <= '9'; }

static const char *after_space(const char *at)
{
    while (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t')
        at++;
    return at;
}

/* Behind that character and the space around it, or NULL where something else stands there. */
static const char *after(const char *at, char wanted)
{
    if (at == NULL)
        return NULL;
    at = after_space(at);
    return *at == wanted ? after_space(at + 1) : NULL;
}

/* Behind the digits at `at`, which are appended to `digits`; what does not fit is for the caller to notice. */
static const char *after_digits(const char *at, uint64_t *digits)
{
    uint64_t sum = *digits;
    for (; is_digit(*at); at++)
        sum = sum * 10 + (uint64_t)(*at - '0');
    *digits = sum;
    return at;
}

static const char *after_exponent(const char *at, int64_t *power)
{
    const int is_negative = *at == '-';
    if (*at == '-' || *at == '+')
        at++;
    const char *first = at;
    int64_t said = 0;
    for (; is_digit(*at); at++) {
        if (at - first >= MOST_EXPONENT_DIGITS)
            return NULL;
        said = said * 10 + (*at - '0');
    }
    *power += is_negative ? -said : said;
    return at == first ? NULL : at;
}

/* The double nearest to digits / 10^power, both exact in 64 bits: the quotient to more bits than a double has,
 * and whether anything is left of it, decide how the last one is rounded. */
static double nearest_quotient(uint64_t digits, int power)
{
    uint64_t divisor = 1;
    for (int times = 0; times < power; times++)
        divisor *= 10;
    /* The quotient of the shifted ones has 63 or 64 bits. */
    const int up = __builtin_clzll(digits), more = 63 - __builtin_clzll(divisor);
    const wide dividend = (wide)(digits << up) << more;
    uint64_t quotient = (uint64_t)(dividend / divisor);
    quotient |= (wide)quotient * divisor != dividend; /* far below the last bit that counts */
    const int spare = 64 - __builtin_clzll(quotient) - DBL_MANT_DIG;
    const uint64_t half = (uint64_t)1 << (spare - 1), rest = quotient & (2 * half - 1);
    uint64_t kept = quotient >> spare;
    kept += rest > half || (rest == half && kept % 2 == 1);
    return ldexp((double)kept, spare - up - more);
}

/* The double nearest to the number at `at`, as JSON writes numbers; behind it, or NULL where none is. */
static const char *after_number(const char *at, double *value)
{
    const char *first = at;
    const int is_negative = *at == '-';
    at += is_negative;
    if (!is_digit(*at) || (*at == '0' && is_digit(at[1])))
        return NULL;
    uint64_t digits = 0;
    int64_t power = 0;
    const char *start = at, *integer_end;
    at = integer_end = after_digits(at, &digits);
    int64_t count = *start == '0' ? 0 : at - start; /* not by `digits`: 10 to its 64th power leaves 0 of them */
    if (*at == '.') {
        start = ++at;
        if (!is_digit(*at))
            return NULL;
        if (digits == 0) /* zeros in front are none of its digits */
            while (*at == '0')
                at++;
        const char *counted = at;
        at = after_digits(at, &digits);
        count += at - counted;
        power = start - at;
    }
    if (count > MOST_DIGITS)
        return NULL;
    if ((*at == 'e' || *at == 'E') && (at = after_exponent(at + 1, &power)) == NULL)
        return NULL;
    if (at == integer_end && is_negative && digits == 0) /* an integer has no minus zero, a double has */
        return NULL;
    const double whole = (double)digits;
    double size;
    if (digits <= EXACT_DIGITS && power >= -EXACT_POWER && power <= EXACT_POWER)
        /* Both sides are exact, so the one rounding gives the nearest double. */
        size = power < 0 ? whole / POWERS[-power] : whole * POWERS[power];
    else if (power < 0 && power >= -MOST_DIGITS)
        size = nearest_quotient(digits, (int)-power);
    else {
        char *stop;
        size = fabs(strtod(first, &stop));
        if (stop != at) /* a locale with another point */
            return NULL;
    }
    *value = is_negative ? -size : size;
    return at;
}

static const char *after_row(const char *at, int64_t width, double below, double *row)
{
    at = after(at, '[');
    for (int64_t column = 0; column < width && at != NULL; column++) {
        at = after_number(at, row + column);
        if (at == NULL || !(fabs(row[column]) < below))
            return NULL;
        at = after(at, column < width - 1 ? ',' : ']');
    }
    return at;
}

/* How often the character that begins a row stands in the text. */
int64_t rows_begun(const char *text, int64_t length)
{
    int64_t begun = 0;
    while (length > 0) {
        const int64_t block = length < UINT8_MAX ? length : UINT8_MAX; /* so that a byte can hold its sum */
        uint8_t sum = 0;
        for (int64_t place = 0; place < block; place++)
            sum += text[place] == '[';
        begun += sum;
        text += block;
        length -= block;
    }
    return begun;
}

/* Fills `rows` with `n_rows` rows of `width` values, each smaller than `below`; 0 when the text is exactly
 * that, else -1 and `rows` holds anything. `length` counts the text without its NUL. */
int rows_read(const char *text, int64_t length, int64_t width, double below, int64_t n_rows, double *rows)
{
    static const char key[] = "\"features\"";
    const char *at = after(text, '{');
    if (at == NULL || width < 1 || n_rows < 1 || strncmp(at, key, sizeof key - 1) != 0)
        return -1;
    at = after(after(at + sizeof key - 1, ':'), '[');
    for (int64_t row = 0; row < n_rows && at != NULL; row++) {
        at = after_row(at, width, below, rows + row * width);
        at = after(at, row < n_rows - 1 ? ',' : ']');
    }
    at = after(at, '}');
    return at == text + length ? 0 : -1;
}
