package measure

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// Load reads all reports that were saved into the folder, in the order of their
// names; without the folder there are none.
func Load(folder string) ([]*Report, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil {
		return nil, err
	}
	var reports []*Report
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		report := &Report{}
		if err := json.Unmarshal(text, report); err != nil {
			return nil, fmt.Errorf("%s is not a benchmark's report: %w", file, err)
		}
		reports = append(reports, report)
	}
	return reports, nil
}

// Fast says whether the report compares customers a second.
func (r *Report) Fast() bool {
	for _, ratio := range r.Ratios {
		if ratio.Figure == perSecond {
			return true
		}
	}
	return false
}

// RatioTo is the ratio of customers a second to the contestant; nil: there is none.
func (r *Report) RatioTo(name string) *Ratio {
	for i, ratio := range r.Ratios {
		if ratio.Figure == perSecond && ratio.To == name {
			return &r.Ratios[i]
		}
	}
	return nil
}

// Leads says whether the contestant is the one that others are compared with.
func (r *Report) Leads(name string) bool {
	for _, ratio := range r.Ratios {
		if ratio.Figure == perSecond && ratio.Of == name {
			return true
		}
	}
	return false
}
