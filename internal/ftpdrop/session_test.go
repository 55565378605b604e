package ftpdrop_test

import (
	"errors"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jlaffaye/ftp"

	"github.com/carte-reseau/hub/internal/ftpdrop"
)

// A client believes that its file has arrived when it is told so: not where the file got no name.
func TestAFileThatGotNoNameIsNoFile(t *testing.T) {
	server, root := startServer(t, newMemory("mours"), ftpdrop.ServerOptions{})
	c := connect(t, server.Addr(), "mours", "clé de mours")
	writer, stored := beginUpload(t, c, "a.xml", "<cartes>")
	waitUntil(t, "the upload to begin", func() bool { return len(tree(t, root)) == 1 })
	if err := os.RemoveAll(filepath.Join(root, "mours")); err != nil {
		t.Fatal(err)
	}
	_ = writer.Close()
	if err := <-stored; err == nil {
		t.Error("a file that is nowhere was confirmed")
	}
}

// What is not done is not said to be done.
func TestWhatCannotBeDoneIsRefused(t *testing.T) {
	server, root := startServer(t, newMemory("mours", "peyrins"), ftpdrop.ServerOptions{})
	c := connect(t, server.Addr(), "mours", "clé de mours")
	mustStore(t, c, "a.xml", "un")
	size := func(name string) error { _, err := c.FileSize(name); return err }
	list := func(name string) error { _, err := c.List(name); return err }
	when := time.Date(2026, 11, 21, 9, 30, 0, 0, time.UTC)
	for what, err := range map[string]error{
		"the size of nothing": size("absent.xml"), "the size of another's file": size("peyrins/a.xml"), "another's list": list("peyrins"),
		"the deletion of nothing": c.Delete("absent.xml"), "the deletion of another's file": c.Delete("peyrins/a.xml"),
		"the renaming of nothing": c.Rename("absent.xml", "b.xml"), "the renaming of another's file": c.Rename("peyrins/a.xml", "b.xml"),
		"a time for another's file": c.SetTime("peyrins/a.xml", when), "a time for nothing": c.SetTime("absent.xml", when),
	} {
		var reply *textproto.Error
		if !errors.As(err, &reply) {
			t.Errorf("%s: %v", what, err)
		}
	}
	expectTree(t, root, map[string]string{"mours/a.xml": "un"})
}

// Clients give a file the time it has with them, by which the hub puts files in order; others write every file by appending to it,
// or rename one to what it is called.
func TestWhatClientsDoWithTheirFiles(t *testing.T) {
	server, root := startServer(t, newMemory("mours"), ftpdrop.ServerOptions{})
	c := connect(t, server.Addr(), "mours", "clé de mours")
	longest := strings.Repeat("n", 200)
	mustStore(t, c, longest, "long")
	if err := c.Append("a.xml", strings.NewReader("un")); err != nil {
		t.Errorf("appending to a file that is not there: %v", err)
	}
	if err := c.Rename("a.xml", "a.xml"); err != nil {
		t.Errorf("renaming to the same name: %v", err)
	}
	when := time.Date(2026, 11, 21, 9, 30, 0, 0, time.UTC)
	if err := c.SetTime("a.xml", when); err != nil {
		t.Error(err)
	}
	if got, err := c.GetTime("a.xml"); err != nil || !got.Equal(when) {
		t.Errorf("its time is %v, %v", got, err)
	}
	mustStore(t, c, "a.xml", "deux, plus long")
	expectTree(t, root, map[string]string{"mours/" + longest: "long", "mours/a.xml": "un", "mours/a~0002.xml": "deux, plus long"})
	// The poller takes the second one: what is left under the name is the first.
	if err := os.Remove(filepath.Join(root, "mours", "a~0002.xml")); err != nil {
		t.Fatal(err)
	}
	if size, err := c.FileSize("a.xml"); err != nil || size != int64(len("un")) {
		t.Errorf("%d bytes, %v", size, err)
	}
}

// An unfinished file that is written keeps its name and its place: nothing is renamed onto it.
func TestNothingIsRenamedOntoAFileThatIsWritten(t *testing.T) {
	server, root := startServer(t, newMemory("mours"), ftpdrop.ServerOptions{})
	first, second := connect(t, server.Addr(), "mours", "clé de mours"), connect(t, server.Addr(), "mours", "clé de mours")
	mustStore(t, second, "autre.part", "autre")
	writer, stored := beginUpload(t, first, "gros.part", "gros")
	waitUntil(t, "the upload to begin", func() bool { return tree(t, root)["mours/gros.part"] == "gros" })
	if err := second.Rename("autre.part", "gros.part"); err == nil || !strings.Contains(err.Error(), "en cours d’envoi") {
		t.Errorf("renamed onto it: %v", err)
	}
	_ = writer.Close()
	if err := <-stored; err != nil {
		t.Error(err)
	}
	if err := second.Rename("autre.part", "encore.part"); err != nil {
		t.Error(err)
	}
	expectTree(t, root, map[string]string{"mours/gros.part": "gros", "mours/encore.part": "autre"})
}

// A client that was cut off goes on behind what it finds there, over a second connection. What still comes over the first does not
// get into the file.
func TestAnUnfinishedFileThatIsGoneOnWithHasOneWriter(t *testing.T) {
	server, root := startServer(t, newMemory("mours"), ftpdrop.ServerOptions{})
	first, second := connect(t, server.Addr(), "mours", "clé de mours"), connect(t, server.Addr(), "mours", "clé de mours")
	writer, stored := beginUpload(t, first, "gros.part", "un ")
	waitUntil(t, "the upload to begin", func() bool { return tree(t, root)["mours/gros.part"] == "un " })
	if err := second.Append("gros.part", strings.NewReader("deux")); err != nil {
		t.Fatal(err)
	}
	_, _ = writer.Write([]byte("trois")) // may be refused already
	_ = writer.Close()
	if err := <-stored; err == nil {
		t.Error("who was cut off is told that its file is there")
	}
	expectTree(t, root, map[string]string{"mours/gros.part": "un deux"})
}

// The poller's account reads, sets aside and deletes. It writes nothing, and moves no file from one library's folder to another's.
func TestThePollersAccountWritesNothing(t *testing.T) {
	server, root := startServer(t, newMemory("mours", "peyrins"), ftpdrop.ServerOptions{})
	mustStore(t, connect(t, server.Addr(), "mours", "clé de mours"), "a.xml", "un")
	target := server.Target()
	c := connect(t, target.Host, target.User, target.Password)
	for what, err := range map[string]error{
		"writes": c.Stor("mours/b.xml", strings.NewReader("non")), "appends": c.Append("mours/a.xml", strings.NewReader("non")),
		"moves": c.Rename("mours/a.xml", "a.xml"), "makes a folder": c.MakeDir("sous"), "removes a folder": c.RemoveDir("mours"),
		"sets a time": c.SetTime("mours/a.xml", time.Now()), "deletes what is not there": c.Delete("mours/absent.xml"),
	} {
		if err == nil {
			t.Errorf("it %s", what)
		}
	}
	expectTree(t, root, map[string]string{"mours/a.xml": "un"})
	if err := c.Rename("mours/a.xml", "mours/a.xml.trop-grand"); err != nil {
		t.Error(err)
	}
	expectTree(t, root, map[string]string{"mours/a.xml.trop-grand": "un"})
}

// A folder that cannot be made lets nobody in: what was dropped would go nowhere.
func TestALibraryWithoutAFolderIsNotLetIn(t *testing.T) {
	server, root := startServer(t, newMemory("mours"), ftpdrop.ServerOptions{})
	if err := os.RemoveAll(root); err != nil {
		t.Fatal(err)
	}
	c, err := ftp.Dial(server.Addr(), ftp.DialWithTimeout(5*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Quit() }()
	if err := c.Login("mours", "clé de mours"); err == nil || !strings.Contains(err.Error(), "momentanément") {
		t.Errorf("%v", err)
	}
}

// An upload that is under way when the hub stops comes to its end.
func TestAStopLetsAnUploadEnd(t *testing.T) {
	server, err := ftpdrop.NewServer(newMemory("mours"), ftpdrop.ServerOptions{Listen: "127.0.0.1:0", Root: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Listen(t.Context()); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- server.Run(t.Context()) }()
	c := connect(t, server.Addr(), "mours", "clé de mours")
	writer, stored := beginUpload(t, c, "a.xml", "<cartes>")
	closed := make(chan error, 1)
	go func() { closed <- server.Close() }()
	waitUntil(t, "the server to take nobody in", func() bool {
		c, err := ftp.Dial(server.Addr(), ftp.DialWithTimeout(5*time.Second))
		if err == nil {
			_ = c.Quit()
		}
		return err != nil
	})
	if _, err := writer.Write([]byte("</cartes>")); err != nil {
		t.Error(err)
	}
	_ = writer.Close()
	if err := <-stored; err != nil {
		t.Errorf("the upload ends with %v", err)
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
	if err := <-done; err != nil {
		t.Errorf("the server ends with %v", err)
	}
}
