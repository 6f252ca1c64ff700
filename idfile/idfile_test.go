package idfile_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"db-migrate/idfile"
)

func folderWith(t *testing.T, content string) *idfile.Folder {
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "ids.txt"), []byte(content), 0o644))
	return &idfile.Folder{Path: folder}
}

// TestEveryLineHasAnOutcome holds what is an id, however the file was written.
func TestEveryLineHasAnOutcome(t *testing.T) {
	for _, test := range []struct {
		name, content string
		ids           []string
	}{
		{"plain", "1\n2\n3\n", []string{"1", "2", "3"}},
		{"no newline at the end", "1\n2", []string{"1", "2"}},
		{"CRLF", "1\r\n2\r\n", []string{"1", "2"}},
		{"blank lines", "\n1\n\n  \n\t\n2\n\n", []string{"1", "2"}},
		{"blank lines at the end", "1\n\n\n", []string{"1"}},
		{"byte order mark", "\xef\xbb\xbf1\n2\n", []string{"1", "2"}},
		{"duplicates are kept", "7\n7\n", []string{"7", "7"}},
		{"any text", "O'Hara \"x\"\n🦊\n a b \n-- ;\n", []string{"O'Hara \"x\"", "🦊", " a b ", "-- ;"}},
		{"as long as may be", strings.Repeat("x", idfile.LineLimit) + "\r\n", []string{strings.Repeat("x", idfile.LineLimit)}},
	} {
		t.Run(test.name, func(t *testing.T) {
			folder := folderWith(t, test.content)
			identity, err := folder.Inspect("ids.txt", 1, nil)
			require.NoError(t, err)
			require.EqualValues(t, len(test.ids), identity.Customers)
			for limit := 1; limit <= len(test.ids)+1; limit++ {
				require.Equal(t, test.ids, readAll(t, folder, identity, limit), "by %d", limit)
			}
		})
	}
}

func readAll(t *testing.T, folder *idfile.Folder, identity idfile.Identity, limit int) []string {
	file, err := folder.Open(identity)
	require.NoError(t, err)
	defer file.Close()
	var texts []string
	for offset := int64(0); ; {
		ids, err := file.Read(offset, 0, limit)
		require.NoError(t, err)
		for _, id := range ids {
			texts = append(texts, id.Text)
			offset = id.Next
		}
		if len(ids) < limit {
			return texts
		}
	}
}

func TestBadLinesAreRefusedBeforeTheStart(t *testing.T) {
	for _, test := range []struct {
		name, content, says string
		columns             int
	}{
		{"not UTF-8", "1\n\xff\xfe\n", "file ids.txt, line 2 is not UTF-8", 1},
		{"too long", "1\n2\n" + strings.Repeat("x", idfile.LineLimit+1), "file ids.txt, line 3 is longer than 4096 bytes", 1},
		{"far too long", strings.Repeat("x", 1<<20) + "\n", "line 1 is longer than 4096 bytes", 1},
		{"zero byte", "a\x00b\n", "line 1 has a zero byte in it", 1},
		{"columns", "north\t1\nsouth\n", "line 2 has 1 columns; the key has 2, with a tab between them", 2},
		{"empty", "", "file ids.txt holds no ids; it must have one a line", 1},
		{"only blank lines", "\n \n", "holds no ids", 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := folderWith(t, test.content).Inspect("ids.txt", test.columns, nil)
			require.ErrorContains(t, err, test.says)
		})
	}
}

func TestOnlyTenProblemsAreListed(t *testing.T) {
	_, err := folderWith(t, strings.Repeat("\xff\n", 1000)).Inspect("ids.txt", 1, nil)
	lines := strings.Split(err.Error(), "\n")
	require.Len(t, lines, 11)
	require.Equal(t, "file ids.txt: 990 more lines are wrong, of 1000 ids in all", lines[10])
}

// TestLinesAreJudgedByTheKey: what is wrong with an id is told by its line, and what
// could not be found out ends the inspection.
func TestLinesAreJudgedByTheKey(t *testing.T) {
	seen := map[int][]string{}
	check := func(line int, columns []string) error {
		seen[line] = columns
		if columns[0] == "id" {
			return &idfile.LineError{Reason: "is a header"}
		}
		return nil
	}
	_, err := folderWith(t, "id\tday\n\n7\t1\r\n").Inspect("ids.txt", 2, check)
	require.EqualError(t, err, "file ids.txt, line 1 is a header")
	require.Equal(t, map[int][]string{1: {"id", "day"}, 3: {"7", "1"}}, seen)
	passing := errors.New("the server is gone")
	for _, content := range []string{"7\n", "7"} {
		_, err = folderWith(t, content).Inspect("ids.txt", 1, func(int, []string) error { return passing })
		require.ErrorIs(t, err, passing)
	}
}

func TestOnlyFilesOfTheFolder(t *testing.T) {
	folder := folderWith(t, "1\n")
	outside := filepath.Join(t.TempDir(), "outside.txt")
	require.NoError(t, os.WriteFile(outside, []byte("1\n"), 0o644))
	require.NoError(t, os.Symlink(outside, filepath.Join(folder.Path, "link.txt")))
	require.NoError(t, os.Mkdir(filepath.Join(folder.Path, "sub"), 0o755))
	for name, says := range map[string]string{
		"../outside.txt": "is not inside of the worker's folder",
		outside:          "is not inside of the worker's folder " + folder.Path,
		"link.txt":       "path escapes from parent",
		"sub":            "is no plain file, but a folder",
		"none.txt":       "there is no file none.txt in the worker's folder",
	} {
		_, err := folder.Inspect(name, 1, nil)
		require.ErrorContains(t, err, says, name)
	}
	_, err := (&idfile.Folder{Path: filepath.Join(folder.Path, "none")}).Inspect("ids.txt", 1, nil)
	require.ErrorContains(t, err, "customer-scanner/source-dir")
}

// TestAnotherFileIsRefused: a worker that does not see the same file says so.
func TestAnotherFileIsRefused(t *testing.T) {
	folder := folderWith(t, "1\n2\n")
	identity, err := folder.Inspect("ids.txt", 1, nil)
	require.NoError(t, err)
	path := filepath.Join(folder.Path, "ids.txt")
	for content, says := range map[string]string{"1\n3\n": "its sha256 is", "1\n2\n3\n": "it has 6 bytes here"} {
		require.NoError(t, os.WriteFile(path, []byte(content), 0o644))
		_, err = folder.Open(identity)
		require.ErrorContains(t, err, says)
		require.ErrorContains(t, err, "folder "+folder.Path)
	}
	require.NoError(t, os.Remove(path))
	_, err = folder.Open(identity)
	require.ErrorContains(t, err, "there is no file")
	require.ErrorContains(t, err, "give every worker the same file")
}

// TestAPathIntoTheFolder is as good as a name.
func TestAPathIntoTheFolder(t *testing.T) {
	folder := folderWith(t, "1\n")
	linked := filepath.Join(t.TempDir(), "linked")
	require.NoError(t, os.Symlink(folder.Path, linked))
	for _, through := range []*idfile.Folder{folder, {Path: linked}} {
		for _, name := range []string{"ids.txt", "./ids.txt", filepath.Join(folder.Path, "ids.txt"), folder.Path + "/../" + filepath.Base(folder.Path) + "/ids.txt", filepath.Join(linked, "ids.txt")} {
			identity, err := through.Inspect(name, 1, nil)
			require.NoError(t, err, name)
			require.Equal(t, "ids.txt", identity.Name)
			require.True(t, identity.Named("ids.txt"))
			require.True(t, identity.Named(filepath.Join(through.Path, "ids.txt")))
			require.False(t, identity.Named("/elsewhere/ids.txt"))
			require.False(t, identity.Named(""))
			require.Equal(t, []string{"1"}, readAll(t, through, identity, 5))
		}
	}
}

// TestAFileThatIsReplacedIsNoticed, though its name, size and time stay.
func TestAFileThatIsReplacedIsNoticed(t *testing.T) {
	for name, replace := range map[string]func(path string){
		"another file": func(path string) {
			require.NoError(t, os.WriteFile(path+".new", []byte("1\n9\n"), 0o644))
			copyTimes(t, path, path+".new")
			require.NoError(t, os.Rename(path+".new", path))
		},
		"the same file": func(path string) {
			copied := path + ".old"
			require.NoError(t, os.WriteFile(copied, nil, 0o644))
			copyTimes(t, path, copied)
			require.NoError(t, os.WriteFile(path, []byte("1\n9\n"), 0o644))
			copyTimes(t, copied, path)
		},
	} {
		t.Run(name, func(t *testing.T) {
			folder := folderWith(t, "1\n2\n")
			path := filepath.Join(folder.Path, "ids.txt")
			long := time.Now().Add(-time.Hour)
			require.NoError(t, os.Chtimes(path, long, long))
			identity, err := folder.Inspect("ids.txt", 1, nil)
			require.NoError(t, err)
			require.Equal(t, []string{"1", "2"}, readAll(t, folder, identity, 5))
			replace(path)
			_, err = folder.Open(identity)
			require.ErrorContains(t, err, "its sha256 is")
			require.NoError(t, os.WriteFile(path, []byte("1\n2\n"), 0o644))
			require.Equal(t, []string{"1", "2"}, readAll(t, folder, identity, 5), "it may come back")
		})
	}
}

// TestAFileThatIsWrittenToWhileItIsRead gives no ids that nobody has compared.
func TestAFileThatIsWrittenToWhileItIsRead(t *testing.T) {
	folder := folderWith(t, "1\n2\n")
	identity, err := folder.Inspect("ids.txt", 1, nil)
	require.NoError(t, err)
	file, err := folder.Open(identity)
	require.NoError(t, err)
	defer file.Close()
	require.NoError(t, os.WriteFile(filepath.Join(folder.Path, "ids.txt"), []byte("1\n9\n3\n"), 0o644))
	_, err = file.Read(0, 0, 5)
	require.ErrorContains(t, err, "file ids.txt was changed while it was read")
}

func copyTimes(t *testing.T, from, to string) {
	t.Helper()
	info, err := os.Stat(from)
	require.NoError(t, err)
	require.NoError(t, os.Chtimes(to, info.ModTime(), info.ModTime()))
}
