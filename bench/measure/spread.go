package measure

import "slices"

// Spread is what several rounds gave, in their order.
type Spread struct {
	Median float64   `json:"median"`
	Min    float64   `json:"min"`
	Max    float64   `json:"max"`
	Values []float64 `json:"values"`
}

// SpreadOf is the median and the extremes of the values; none: all zero.
func SpreadOf(values []float64) Spread {
	if len(values) == 0 {
		return Spread{}
	}
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	median := sorted[middle]
	if len(sorted)%2 == 0 {
		median = (sorted[middle-1] + sorted[middle]) / 2
	}
	return Spread{Median: median, Min: sorted[0], Max: sorted[len(sorted)-1], Values: values}
}

// ratios are those of the values round by round: what disturbs a round disturbs
// both sides of it.
func ratios(of, to []float64) []float64 {
	var found []float64
	for i := range min(len(of), len(to)) {
		if to[i] != 0 {
			found = append(found, of[i]/to[i])
		}
	}
	return found
}
