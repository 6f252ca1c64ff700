package workflows

import "time"

// Limits are the run's limits, from the configuration.
type Limits struct {
	// Processes is how many migrator activities run at once.
	Processes int `json:"processes"`
	// BatchTime is how long a batch should take. BatchSize fixes a batch's
	// customers instead (0: by time), and BatchMax bounds it.
	BatchTime time.Duration `json:"batch_time"`
	BatchSize int           `json:"batch_size,omitempty"`
	BatchMax  int           `json:"batch_max"`
	// BatchMin is how many customers a batch by time has at least.
	BatchMin int `json:"batch_min,omitempty"`
	// Rate is customers a second over all processes; 0: unlimited.
	Rate float64 `json:"rate,omitempty"`
	// FailureLimit is how many customers may fail before the run pauses.
	FailureLimit int `json:"failure_limit"`
	// Attempts is how often a troubled customer is tried, RetryInterval the
	// first back-off between the tries; it doubles up to a minute.
	Attempts      int           `json:"attempts"`
	RetryInterval time.Duration `json:"retry_interval"`
	// FetchSize is how many ids the scanner fetches at a time, BlockSize the
	// buffer's capacity in customers (0: what the processes need next).
	FetchSize int `json:"fetch_size"`
	BlockSize int `json:"block_size,omitempty"`
	// TransactionSize is how many customers commit together; 0: by time.
	TransactionSize int `json:"transaction_size,omitempty"`
	// SetsAtOnce is how many sets each worker has in hand at once; 0: found while
	// running, where work is in sets.
	SetsAtOnce int `json:"sets_at_once,omitempty"`
	// Sweeps repeats the scan until one finds nothing, at most so often.
	Sweeps int `json:"sweeps,omitempty"`
	// Closing is how the table is asked at the end whether nothing is left.
	Closing string `json:"closing,omitempty"`
}
