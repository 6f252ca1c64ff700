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
