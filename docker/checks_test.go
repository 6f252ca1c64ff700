package docker_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"
)

// checks are what must hold of the compose file. Each answers what is wrong.
var checks = []func(project *types.Project, root string) []string{
	checkDependencies,
	checkPorts,
	checkImages,
	checkVolumes,
	checkMounts,
	checkBuilds,
	checkHardening,
}

// problems runs all checks. Root is the folder of the compose file.
func problems(project *types.Project, root string) []string {
	var found []string
	for _, check := range checks {
		found = append(found, check(project, root)...)
	}
	slices.Sort(found)
	return found
}

func checkDependencies(project *types.Project, _ string) (found []string) {
	for _, service := range project.Services {
		for name, dependency := range service.DependsOn {
			if problem := dependencyProblem(project, name, dependency.Condition); problem != "" {
				found = append(found, fmt.Sprintf("%s: depends_on %s: %s", service.Name, name, problem))
			}
		}
	}
	return found
}

func dependencyProblem(project *types.Project, name, condition string) string {
	target, ok := project.Services[name]
	switch {
	case !ok:
		return "there is no such service"
	case condition == types.ServiceConditionHealthy && (target.HealthCheck == nil || target.HealthCheck.Disable || len(target.HealthCheck.Test) == 0):
		return "it has no healthcheck"
	case condition == types.ServiceConditionCompletedSuccessfully && (target.Restart == "always" || target.Restart == "unless-stopped"):
		return "it never completes, as it is restarted"
	}
	return ""
}

// checkHardening holds images of ours to what they need: nothing but a volume and /tmp.
func checkHardening(project *types.Project, _ string) (found []string) {
	for _, service := range project.Services {
		if service.Build == nil {
			continue
		}
		if !service.ReadOnly || !slices.Contains(service.Tmpfs, "/tmp") {
			found = append(found, service.Name+": read_only: true and tmpfs: [/tmp] are missing")
		}
		if !slices.Contains(service.CapDrop, "ALL") || !slices.Contains(service.SecurityOpt, "no-new-privileges:true") {
			found = append(found, service.Name+": cap_drop: [ALL] and no-new-privileges are missing")
		}
	}
	return found
}

func checkPorts(project *types.Project, _ string) (found []string) {
	for _, service := range project.Services {
		if service.NetworkMode == "host" {
			found = append(found, service.Name+": network_mode host opens every port")
		}
		for _, port := range service.Ports {
			if port.HostIP != "127.0.0.1" {
				found = append(found, fmt.Sprintf("%s: port %s is published beyond 127.0.0.1", service.Name, port.Published))
			}
		}
	}
	return found
}

func checkImages(project *types.Project, _ string) (found []string) {
	for _, service := range project.Services {
		if service.Image == "" && service.Build == nil {
			found = append(found, service.Name+": neither image nor build")
		}
		if service.Image != "" && !pinned(service.Image) {
			found = append(found, fmt.Sprintf("%s: image %s is not pinned to a version", service.Name, service.Image))
		}
	}
	return found
}

// pinned reports whether an image has a digest, or a tag other than latest.
func pinned(image string) bool {
	if strings.Contains(image, "@sha256:") {
		return true
	}
	_, tag, ok := strings.Cut(image[strings.LastIndex(image, "/")+1:], ":")
	return ok && tag != "" && tag != "latest"
}

func checkVolumes(project *types.Project, _ string) (found []string) {
	used := map[string]bool{}
	for _, service := range project.Services {
		for _, mount := range service.Volumes {
			if mount.Type != types.VolumeTypeVolume {
				continue
			}
			used[mount.Source] = true
			if _, ok := project.Volumes[mount.Source]; !ok {
				found = append(found, fmt.Sprintf("%s: volume %q is not declared", service.Name, mount.Source))
			}
		}
	}
	for name := range project.Volumes {
		if !used[name] {
			found = append(found, fmt.Sprintf("volume %q is declared and never used", name))
		}
	}
	return found
}

func checkMounts(project *types.Project, root string) (found []string) {
	for _, service := range project.Services {
		for _, mount := range service.Volumes {
			if mount.Type == types.VolumeTypeBind {
				found = append(found, mountProblems(service.Name, mount.Source, root)...)
			}
		}
	}
	return found
}

func mountProblems(service, source, root string) []string {
	relative, err := filepath.Rel(root, source)
	if err != nil || !filepath.IsLocal(relative) {
		return []string{fmt.Sprintf("%s: mounts %s, which is not in the repository", service, source)}
	}
	if _, err := os.Stat(source); err != nil {
		return []string{fmt.Sprintf("%s: mounts %s, which does not exist", service, relative)}
	}
	return nil
}

func checkBuilds(project *types.Project, root string) (found []string) {
	for _, service := range project.Services {
		if service.Build == nil {
			continue
		}
		file := filepath.Join(root, service.Build.Dockerfile)
		content, err := os.ReadFile(file)
		if err != nil {
			found = append(found, fmt.Sprintf("%s: build: %s cannot be read", service.Name, service.Build.Dockerfile))
			continue
		}
		for _, problem := range dockerfileProblems(string(content), service.Build.Target) {
			found = append(found, fmt.Sprintf("%s: build: %s", service.Name, problem))
		}
	}
	return found
}
