package main

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

// TestWhatIsLeftOut names each module that is replaced, and the version whose names
// its replacement has: look at both when the server asks for another one. A name that
// is missing fails the build.
func TestWhatIsLeftOut(t *testing.T) {
	require.Equal(t, []string{
		"cloud.google.com/go/storage v1.62.1 ./left-out/storage",
		"github.com/aws/aws-sdk-go-v2/config v1.32.16 ./left-out/awsconfig",
		"github.com/aws/aws-sdk-go-v2/service/s3 v1.99.1 ./left-out/s3",
		"go.temporal.io/auto-scaled-workers v0.2.0-1.32.0.158.0 ./left-out/auto-scaled-workers",
		"google.golang.org/api v0.276.0 ./left-out/googleapi",
	}, goList(t, "-m", "-f", "{{with .Replace}}{{$.Path}} {{$.Version}} {{.Path}}{{end}}", "all"))

	needed := strings.Join(goList(t, "-deps", "-f", "{{with .Module}}{{.Path}}{{end}}", "."), "\n")
	for _, replaced := range goList(t, "-m", "-f", "{{with .Replace}}{{$.Path}}{{end}}", "all") {
		require.Contains(t, needed, replaced+"\n", "the server does not use it any more: drop its replacement")
	}
}

func goList(t *testing.T, arguments ...string) []string {
	t.Helper()
	listed, err := exec.Command("go", append([]string{"list"}, arguments...)...).Output()
	require.NoError(t, err)
	var found []string
	for line := range strings.Lines(string(listed)) {
		if line = strings.TrimSpace(line); line != "" {
			found = append(found, line)
		}
	}
	return found
}

// TestArchivingIsRefused: nothing is lost without a word.
func TestArchivingIsRefused(t *testing.T) {
	_, err := new(s3.Client).PutObject(t.Context(), &s3.PutObjectInput{})
	require.ErrorContains(t, err, "the development server archives nothing in S3")
}

// TestVersionsOfWorkersCanBeDescribed although no worker is started on a compute
// provider: the server asks our replacement whether one is.
func TestVersionsOfWorkersCanBeDescribed(t *testing.T) {
	o := testOptions(t)
	startProcess(t, o.args()...)
	temporalClient := dial(t, o)
	version := worker.WorkerDeploymentVersion{DeploymentName: "migration", BuildID: "build-1"}
	w := worker.New(temporalClient, testTaskQueue, worker.Options{DeploymentOptions: worker.DeploymentOptions{
		UseVersioning: true, Version: version, DefaultVersioningBehavior: workflow.VersioningBehaviorPinned,
	}})
	w.RegisterWorkflow(waitForGo)
	require.NoError(t, w.Start())
	t.Cleanup(w.Stop)
	deployment := temporalClient.WorkerDeploymentClient().GetHandle(version.DeploymentName)
	require.Eventually(t, func() bool {
		described, err := deployment.DescribeVersion(t.Context(), client.WorkerDeploymentDescribeVersionOptions{BuildID: version.BuildID})
		return err == nil && described.Info.Version == version
	}, patience, probeInterval)
}
