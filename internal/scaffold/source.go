package scaffold

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// findSource finds the folder with db-migrate's sources: the one that is given,
// or the first above the working directory or this program.
func findSource(given string) (string, error) {
	if given != "" {
		folder, err := filepath.EvalSymlinks(given)
		if err != nil || !isSource(folder) {
			return "", fmt.Errorf("--source: %s does not hold the sources of db-migrate (a go.mod with \"module db-migrate\")", given)
		}
		return filepath.Abs(folder)
	}
	for _, begin := range beginnings() {
		for folder := begin; ; folder = filepath.Dir(folder) {
			if isSource(folder) {
				return folder, nil
			}
			if folder == filepath.Dir(folder) {
				break
			}
		}
	}
	return "", fmt.Errorf("the sources of db-migrate are neither above this folder nor above this program; say with --source where they are")
}

// beginnings are where to look from.
func beginnings() []string {
	var found []string
	add := func(folder string, err error) {
		if err != nil {
			return
		}
		if folder, err = filepath.EvalSymlinks(folder); err == nil {
			found = append(found, folder)
		}
	}
	add(os.Getwd())
	program, err := os.Executable()
	add(filepath.Dir(program), err)
	return found
}

func isSource(folder string) bool {
	text, err := os.ReadFile(filepath.Join(folder, "go.mod"))
	if err != nil {
		return false
	}
	first, _, _ := strings.Cut(string(text), "\n")
	return strings.TrimSpace(first) == "module db-migrate"
}

// readModule reads what db-migrate's go.mod requires. A module that uses
// db-migrate has to name all of it, or the go command would want to look it up.
func readModule(source string) (content, error) {
	text, err := os.ReadFile(filepath.Join(source, "go.mod"))
	if err != nil {
		return content{}, err
	}
	var found content
	block := ""
	for _, line := range strings.Split(string(text), "\n") {
		words := strings.Fields(line)
		switch {
		case len(words) == 0:
		case len(words) >= 2 && words[1] == "(":
			block = words[0]
		case words[0] == ")":
			block = ""
		case block == "require" && len(words) >= 2:
			found.Requirements = append(found.Requirements, words[0]+" "+words[1])
		case words[0] == "require" && len(words) >= 3:
			found.Requirements = append(found.Requirements, words[1]+" "+words[2])
		case words[0] == "go" && len(words) == 2:
			found.GoVersion = words[1]
		}
	}
	return found, nil
}
