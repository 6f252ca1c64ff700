package activities

// Questions are the activities that answer somebody who waits, by their names: a new
// command of the starter needs a line here. None of them is about a run.
func (s *CustomerScanner) Questions() map[string]any {
	return map[string]any{
		"InspectTable":   s.InspectTable,
		"ExamineTable":   s.ExamineTable,
		"DescribeLedger": s.DescribeLedger,
		"DropLedger":     s.DropLedger,
		"ListFailures":   s.ListFailures,
		"DescribeRow":    s.DescribeRow,
	}
}
