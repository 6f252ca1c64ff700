package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/log"

	"db-migrate/codec"
	"db-migrate/database"
	"db-migrate/internal/commandline"
	"db-migrate/workflows"
)

// connection is one to Temporal, with what names it to people.
type connection struct {
	client.Client
	address   string
	namespace string
	webUI     string
	// rowName is what the configuration here calls a row; empty: the run or the worker
	// says it.
	rowName string
}

// name lets what the configuration here calls a row go before what the target says.
func (t *connection) name(target *database.Target) {
	target.RowName = cmp.Or(t.rowName, target.RowName)
}

// connectTime bounds the first connection: nothing has been started yet.
const connectTime = 10 * time.Second

func connect(ctx context.Context, given *flags) (*connection, error) {
	options, err := envconfig.LoadDefaultClientOptions()
	if err != nil {
		return nil, usage("temporal's client configuration: %w", err)
	}
	if err := codec.EncryptOrExplain(&options, given.codecKeys); err != nil {
		return nil, usage("--codec-keys: %w", err)
	}
	options.Logger = log.NewStructuredLogger(nullLogger())
	if options.HostPort == "" {
		options.HostPort = client.DefaultHostPort
	}
	if options.Namespace == "" {
		options.Namespace = client.DefaultNamespace
	}
	if err := commandline.CheckAddress(options.HostPort); err != nil {
		return nil, usage("%w", err)
	}
	// Requests are small, and each compressor is nearly a megabyte.
	options.ConnectionOptions.GrpcCompression = &client.GrpcCompressionNone{}
	dialling, cancel := context.WithTimeout(ctx, connectTime)
	defer cancel()
	dialled, err := client.DialContext(dialling, options)
	if ctx.Err() != nil {
		return nil, &exitError{exitInterrupted, errors.New("interrupted before Temporal had answered; " + given.nothing())}
	}
	if err != nil {
		return nil, &exitError{exitUnreachable, fmt.Errorf("temporal is not reachable at %s: %w\n%s; start it (make temporal), or set TEMPORAL_ADDRESS=host:port", options.HostPort, err, given.nothing())}
	}
	return &connection{Client: dialled, address: options.HostPort, namespace: options.Namespace, webUI: webUI(given)}, nil
}

// nothing says what has not happened where a command could not do its work.
func (f *flags) nothing() string {
	if f.changes {
		return "nothing has changed"
	}
	return "nothing was started"
}

func webUI(given *flags) string {
	if given.webUI != "" {
		return given.webUI
	}
	return os.Getenv("TEMPORAL_UI_ADDRESS")
}

// link is the workflow's page in the Web UI; empty if its address is unknown.
func (t *connection) link(id string) string {
	if t.webUI == "" {
		return ""
	}
	return fmt.Sprintf("%s/namespaces/%s/workflows/%s", t.webUI, t.namespace, escape(id))
}

// cluster names the Temporal that the overseer lives in, for the owner row. An
// address may change, and two clusters may share one: the cluster's id does not.
func (t *connection) cluster(ctx context.Context) string {
	info, err := t.WorkflowService().GetClusterInfo(ctx, &workflowservice.GetClusterInfoRequest{})
	if err != nil || info.GetClusterId() == "" {
		return t.address + ", namespace " + t.namespace
	}
	return info.GetClusterId() + ", namespace " + t.namespace
}

// found is what Temporal knows of a workflow.
type found struct {
	running bool
	exists  bool
	runID   string
	// firstRunID is the run that this one has gone on from by continue-as-new.
	firstRunID string
	memo       memo
	// state is how it stands, or has ended, and endedAt when.
	state   string
	endedAt time.Time
}

func (t *connection) find(ctx context.Context, id string) (found, error) {
	description, err := t.DescribeWorkflowExecution(ctx, id, "")
	var missing *serviceerror.NotFound
	if errors.As(err, &missing) {
		return found{}, nil
	}
	if err != nil {
		return found{}, err
	}
	info := description.GetWorkflowExecutionInfo()
	state := found{exists: true, running: info.GetStatus() == enums.WORKFLOW_EXECUTION_STATUS_RUNNING, runID: info.GetExecution().GetRunId(), firstRunID: info.GetFirstRunId(), memo: readMemo(info), state: stateIn(info)}
	if !state.running {
		state.endedAt = info.GetCloseTime().AsTime()
	}
	return state, nil
}

// input reads the input of a run from its history, which needs no worker.
func (t *connection) input(ctx context.Context, id, runID string) (workflows.Input, error) {
	var input workflows.Input
	began, err := t.beginning(ctx, id, runID)
	if err != nil {
		return input, err
	}
	return input, converter.GetDefaultDataConverter().FromPayloads(began.GetInput(), &input)
}

// beginning reads the first event of a run's history.
func (t *connection) beginning(ctx context.Context, id, runID string) (*history.WorkflowExecutionStartedEventAttributes, error) {
	first, err := t.GetWorkflowHistory(ctx, id, runID, false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT).Next()
	if err != nil {
		return nil, err
	}
	return first.GetWorkflowExecutionStartedEventAttributes(), nil
}
