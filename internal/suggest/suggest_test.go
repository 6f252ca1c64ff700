package suggest_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"db-migrate/internal/suggest"
)

func TestClosest(t *testing.T) {
	valid := []string{"connection", "customer-scanner", "customer-migrator"}
	assert.Equal(t, "connection", suggest.Closest("konnektion", valid))
	assert.Equal(t, "customer-scanner", suggest.Closest("customer-scaner", valid))
	assert.Empty(t, suggest.Closest("overseer", valid), "too far from all of them")
	assert.Empty(t, suggest.Closest("connection", nil))
}
