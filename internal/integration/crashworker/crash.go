package main

import (
	"context"
	"database/sql/driver"
	"errors"
	"os"
	"sync/atomic"
	"syscall"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/workflow"
	"modernc.org/sqlite"

	"db-migrate/database"
	"db-migrate/migration"
	"db-migrate/migration/contact"
)

// Steps at which the worker can be made to crash.
const (
	afterPage      = "after-page"
	beforeCommit   = "before-commit"
	afterCommit    = "after-commit"
	afterHeartbeat = "after-heartbeat"
	beforeResult   = "before-result"
	beforeContinue = "before-continue-as-new"
)

// crash kills the process at a step, once.
type crash struct {
	at, mark string
	// calls counts the migrator's customers, beats its heartbeats: the crash
	// comes in the middle of work.
	calls, beats atomic.Int64
}

func newCrash(at, mark string) *crash { return &crash{at: at, mark: mark} }

// now kills the process, if this is its step and it has not been killed before.
func (c *crash) now(step string) {
	if c.at != step {
		return
	}
	file, err := os.OpenFile(c.mark, os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return
	}
	_ = file.Close()
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {}
}

// crashAfter is how many customers are migrated before a crash around a commit.
const crashAfter = 20_000

// migration is the shipped one, with a statement in each transaction that can
// crash between the update and the commit.
func (c *crash) migration() migration.Migration {
	sqlite.MustRegisterScalarFunction("crash_before_commit", 0, func(*sqlite.FunctionContext, []driver.Value) (driver.Value, error) {
		if c.calls.Load() > crashAfter {
			c.now(beforeCommit)
		}
		return int64(1), nil
	})
	shipped := contact.Migration()
	inner := shipped.Change
	var last atomic.Int64
	shipped.Change = func(ctx context.Context, row database.Row) (database.Change, error) {
		calls := c.calls.Add(1)
		if calls > crashAfter && calls-last.Load() > 100 { // some sets have been committed since
			c.now(afterCommit)
		}
		change, err := inner(ctx, row)
		if err == nil && !change.PreviouslyMigrated && c.at == beforeCommit && calls%50 == 0 {
			change.Run("SELECT crash_before_commit()")
		}
		return change, err
	}
	return shipped
}

func (c *crash) interceptors() []interceptor.WorkerInterceptor {
	return []interceptor.WorkerInterceptor{&crashing{crash: c}}
}

type crashing struct {
	interceptor.WorkerInterceptorBase
	crash *crash
}

func (i *crashing) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	inbound := &activityInbound{crash: i.crash}
	inbound.Next = next
	return inbound
}

func (i *crashing) InterceptWorkflow(_ workflow.Context, next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	inbound := &workflowInbound{crash: i.crash}
	inbound.Next = next
	return inbound
}

type activityInbound struct {
	interceptor.ActivityInboundInterceptorBase
	crash *crash
}

func (a *activityInbound) Init(outbound interceptor.ActivityOutboundInterceptor) error {
	beating := &activityOutbound{crash: a.crash}
	beating.Next = outbound
	return a.Next.Init(beating)
}

func (a *activityInbound) ExecuteActivity(ctx context.Context, input *interceptor.ExecuteActivityInput) (any, error) {
	result, err := a.Next.ExecuteActivity(ctx, input)
	switch activity.GetInfo(ctx).ActivityType.Name {
	case "ScanPage":
		a.crash.now(afterPage)
	case "MigrateCustomers":
		if a.crash.calls.Load() > crashAfter {
			a.crash.now(beforeResult)
		}
	}
	return result, err
}

type activityOutbound struct {
	interceptor.ActivityOutboundInterceptorBase
	crash *crash
}

func (a *activityOutbound) RecordHeartbeat(ctx context.Context, details ...any) {
	a.Next.RecordHeartbeat(ctx, details...)
	if a.crash.beats.Add(1) > 60 {
		a.crash.now(afterHeartbeat)
	}
}

type workflowInbound struct {
	interceptor.WorkflowInboundInterceptorBase
	crash *crash
}

func (w *workflowInbound) ExecuteWorkflow(ctx workflow.Context, input *interceptor.ExecuteWorkflowInput) (any, error) {
	result, err := w.Next.ExecuteWorkflow(ctx, input)
	var continued *workflow.ContinueAsNewError
	if errors.As(err, &continued) {
		w.crash.now(beforeContinue)
	}
	return result, err
}
