/* What scores mean: severity, verdict and scikit-learn's own label of each, to the last bit what
 * inference/scoring.py says in numpy. One pass in place of a dozen, each of which costs a call more than its
 * arithmetic. Nothing is kept between calls.
 */
#include <float.h>
#include <math.h>
#include <stdint.h>

#if FLT_EVAL_METHOD != 0
#error "This target computes with more digits than double has; severities would differ in the last bit."
#endif

struct limits {
    const double *knots; /* scores of the calibration, rising; at least two */
    const double *logs;  /* log10 of the tail at each */
    int64_t n_knots;
    double decades_per_score; /* beyond the last knot */
    double points_per_decade;
    double most_points;
    double threshold;
    double offset;
};

static double log_tail(const struct limits *limits, double score)
{
    const double *knots = limits->knots, *logs = limits->logs;
    int64_t at = 0; /* the last knot not above the score, or the first one */
    for (int64_t left = limits->n_knots; left > 1;) {
        const int64_t half = left / 2;
        at += knots[at + half] <= score ? half : 0;
        left -= half;
    }
    if (score < knots[0])
        return logs[0];
    if (at == limits->n_knots - 1)
        return logs[at] + limits->decades_per_score * (score - knots[at]);
    const double slope = (logs[at + 1] - logs[at]) / (knots[at + 1] - knots[at]);
    return slope * (score - knots[at]) + logs[at];
}

/* Fills one severity, label (-1 or 1) and verdict (0 or 1) for each score. The number of anomalies, or -1 where
 * a score is no number, and what is filled then means nothing. */
int64_t scores_judged(const struct limits *limits, const double *scores, int64_t n_scores, double *severities,
                      int64_t *labels, uint8_t *verdicts)
{
    int64_t anomalies = 0;
    for (int64_t place = 0; place < n_scores; place++) {
        const double score = scores[place];
        if (!isfinite(score))
            return -1;
        const double points = -limits->points_per_decade * log_tail(limits, score);
        severities[place] = points > limits->most_points ? limits->most_points : points > 0.0 ? points : 0.0;
        labels[place] = -score - limits->offset < 0.0 ? -1 : 1;
        verdicts[place] = score > limits->threshold;
        anomalies += verdicts[place];
    }
    return anomalies;
}
