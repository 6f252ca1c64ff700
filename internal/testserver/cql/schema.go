// Package cql speaks to Cassandra servers that tests share, and changes their schema.
package cql

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"
	"github.com/stretchr/testify/require"
)

// patience is how long a busy node may take for a change of the schema.
const patience = 8 * time.Minute

// Cluster is a configuration for tests. Its sessions do not read the whole schema again
// whenever another test changes some of it.
func Cluster(hosts ...string) *gocql.ClusterConfig {
	cluster := gocql.NewCluster(hosts...)
	cluster.Events.DisableSchemaEvents, cluster.Metadata.CacheMode = true, gocql.Disabled
	cluster.Timeout, cluster.ConnectTimeout = 2*time.Minute, time.Minute
	return cluster
}

// Superuser logs in to a node that wants passwords. A node begins to listen before it has
// made its first user, and takes long for that where it is busy.
func Superuser(t testing.TB, cluster *gocql.ClusterConfig) *gocql.Session {
	t.Helper()
	cluster.Authenticator = gocql.PasswordAuthenticator{Username: "cassandra", Password: "cassandra"}
	for deadline := time.Now().Add(patience); ; {
		session, err := cluster.CreateSession()
		if err == nil {
			t.Cleanup(session.Close)
			return session
		}
		require.False(t, time.Now().After(deadline), "%v", err)
		time.Sleep(time.Second)
	}
}

// Schema carries statements out that change the schema. A busy node does it and answers
// too late: a statement that got no answer is carried out again, and is then taken for
// done where what it makes is there, or what it drops is gone.
func Schema(t testing.TB, session *gocql.Session, statements ...string) {
	t.Helper()
	for _, statement := range statements {
		change(t, session, statement)
	}
}

func change(t testing.TB, session *gocql.Session, statement string) {
	t.Helper()
	repeated := false
	for deadline := time.Now().Add(patience); ; repeated = true {
		err := session.Query(statement).ExecContext(context.Background())
		if err == nil {
			err = session.AwaitSchemaAgreement(context.Background())
		}
		if err == nil || repeated && isDone(err) {
			return
		}
		require.False(t, isRefused(err) || time.Now().After(deadline), "%s: %v", statement, err)
		time.Sleep(time.Second)
	}
}

// isDone reports whether the node says that what is to be made is there, or that what is
// to be dropped is not.
func isDone(err error) bool {
	said := []string{"exist", "unconfigured table", "not found"}
	return isRefused(err) && slices.ContainsFunc(said, func(words string) bool { return strings.Contains(err.Error(), words) })
}

// isRefused reports whether the statement itself is at fault: codes from 0x2000 of the
// native protocol's section 9.
func isRefused(err error) bool {
	var answered gocql.RequestError
	return errors.As(err, &answered) && answered.Code() >= gocql.ErrCodeSyntax
}
