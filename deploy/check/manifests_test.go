// Package check_test decodes the Kubernetes manifests by Kubernetes' own types, and holds
// them to what the programs need. A module of its own: the types are many.
package check_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	kustomize "sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/yaml"
)

const folder = "../kubernetes"

// kinds are the objects that the manifests have.
func kinds() map[string]func() any {
	return map[string]func() any{
		"Namespace":           func() any { return &corev1.Namespace{} },
		"Deployment":          func() any { return &appsv1.Deployment{} },
		"PodDisruptionBudget": func() any { return &policyv1.PodDisruptionBudget{} },
		"Job":                 func() any { return &batchv1.Job{} },
		"Kustomization":       func() any { return &kustomize.Kustomization{} },
	}
}

// objects are those of a file. A field that Kubernetes does not know is an error.
func objects(t *testing.T, file string) []any {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(folder, file))
	require.NoError(t, err)
	var found []any
	for _, document := range bytes.Split(content, []byte("\n---\n")) {
		var head struct{ APIVersion, Kind string }
		require.NoError(t, yaml.Unmarshal(document, &head), file)
		make, known := kinds()[head.Kind]
		require.True(t, known, "%s: %s is a kind that nobody checks", file, head.Kind)
		object := make()
		require.NoError(t, yaml.UnmarshalStrict(document, object), file)
		found = append(found, object)
	}
	return found
}

func TestEveryManifestIsOfKubernetesOwnTypes(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
	require.NoError(t, err)
	require.Len(t, files, 4)
	for _, file := range files {
		require.NotEmpty(t, objects(t, filepath.Base(file)))
	}
}

func TestTheKustomizationNamesFilesThatExist(t *testing.T) {
	found := objects(t, "kustomization.yaml")[0].(*kustomize.Kustomization)
	for _, file := range found.Resources {
		require.FileExists(t, filepath.Join(folder, file))
	}
	for _, generated := range found.ConfigMapGenerator {
		for _, file := range generated.FileSources {
			require.FileExists(t, filepath.Join(folder, file))
		}
	}
}

func TestPodsAreRestricted(t *testing.T) {
	deployment := objects(t, "worker.yaml")[0].(*appsv1.Deployment)
	job := objects(t, "starter-job.yaml")[0].(*batchv1.Job)
	require.Equal(t, deployment.Spec.Selector.MatchLabels, deployment.Spec.Template.Labels)
	for _, pod := range []corev1.PodSpec{deployment.Spec.Template.Spec, job.Spec.Template.Spec} {
		require.True(t, *pod.SecurityContext.RunAsNonRoot)
		require.False(t, *pod.AutomountServiceAccountToken)
		require.Equal(t, corev1.SeccompProfileTypeRuntimeDefault, pod.SecurityContext.SeccompProfile.Type)
		volumes := map[string]bool{}
		for _, volume := range pod.Volumes {
			volumes[volume.Name] = true
		}
		for _, container := range pod.Containers {
			require.True(t, *container.SecurityContext.ReadOnlyRootFilesystem)
			require.False(t, *container.SecurityContext.AllowPrivilegeEscalation)
			require.Equal(t, []corev1.Capability{"ALL"}, container.SecurityContext.Capabilities.Drop)
			require.NotZero(t, container.Resources.Limits.Memory().Value())
			for _, mount := range container.VolumeMounts {
				require.True(t, volumes[mount.Name], mount.Name)
				delete(volumes, mount.Name)
			}
		}
		require.Empty(t, volumes, "a volume that nobody mounts")
	}
}

// A worker needs 30 s to give its batches back (worker/service/run.go).
func TestTheWorkerMayFinish(t *testing.T) {
	pod := objects(t, "worker.yaml")[0].(*appsv1.Deployment).Spec.Template.Spec
	require.Greater(t, *pod.TerminationGracePeriodSeconds, int64(30))
	worker := pod.Containers[0]
	require.Equal(t, "/livez", worker.LivenessProbe.HTTPGet.Path)
	require.Equal(t, "/readyz", worker.ReadinessProbe.HTTPGet.Path)
	require.Equal(t, worker.Ports[0].Name, worker.LivenessProbe.HTTPGet.Port.String())
	require.EqualValues(t, 8086, worker.Ports[0].ContainerPort, "the image's --health")
}

// The starter has nothing of the database, its password either.
func TestTheStarterHasNoPassword(t *testing.T) {
	for _, volume := range objects(t, "starter-job.yaml")[0].(*batchv1.Job).Spec.Template.Spec.Volumes {
		if volume.Secret != nil {
			require.Len(t, volume.Secret.Items, 1)
			require.Equal(t, "codec-keys", volume.Secret.Items[0].Key)
		}
	}
}
