package config

import (
	"strconv"
	"time"
)

// Duration is a time span, written as 500ms, 5s or 2m30s.
type Duration time.Duration

// Duration is the span as Go has it.
func (d Duration) Duration() time.Duration { return time.Duration(d) }

func (d Duration) String() string { return time.Duration(d).String() }

// Auto is a number, or auto: found while running.
type Auto int

// Value is the number; 0: auto.
func (a Auto) Value() int { return int(a) }

func (a Auto) String() string {
	if a == 0 {
		return "auto"
	}
	return strconv.Itoa(int(a))
}

// Size is a number of bytes, written as 512MiB or 2GiB.
type Size int64

// Bytes is the number.
func (s Size) Bytes() int64 { return int64(s) }

// units are those of a size, the largest first.
func units() []unit {
	return []unit{{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}}
}

type unit struct {
	name  string
	bytes Size
}

func (s Size) String() string {
	for _, unit := range units() {
		if s >= unit.bytes && s%unit.bytes == 0 {
			return strconv.FormatInt(int64(s/unit.bytes), 10) + unit.name
		}
	}
	return strconv.FormatInt(int64(s), 10)
}
