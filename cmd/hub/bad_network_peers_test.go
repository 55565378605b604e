package main

import (
	"errors"
	"fmt"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/ftpdrop"
	"github.com/carte-reseau/hub/internal/sigb"
)

// badPeer is somebody the hub exchanges with over a bad wire.
type badPeer struct {
	name string
	// enter puts the peer behind a wire, before the hub begins, and says whose
	// job meets it.
	enter func(n *badNetwork) (kind cards.JobKind, library string)
	// give makes something that has to cross the wire.
	give func(n *badNetwork, round int)
	// missing says what of the rounds so far has not arrived, or not once.
	missing func(n *badNetwork) error
	// busy is what the peer says when it is overloaded, and greets whether it
	// speaks first.
	busy   string
	greets bool
	// bound is how long a job may take, by the timeouts stated below: what it
	// asks in one run, each as long as it may take.
	bound time.Duration
}

// peerTimeout is the one timeout of all exchanges in these tests: long enough
// for the good library to answer on a busy machine.
const peerTimeout = 2 * time.Second

const busyHTTP = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

var badPeers = []badPeer{
	{name: "a pushed library", busy: busyHTTP, enter: enterPushed, give: giveByPost, missing: missingAtSystem,
		// A search for a culprit may fail twelve times.
		bound: 12 * peerTimeout},
	{name: "a harvested library", busy: busyHTTP, enter: enterHarvested, give: giveAtDesk, missing: missingAtHub,
		// Two attempts of two timeouts each; and what the server asks to wait.
		bound: 6 * peerTimeout},
	{name: "the FTP server", busy: "421 Trop de clients\r\n", greets: true, enter: enterFTP, give: giveFile, missing: missingFiles,
		// Three connections may be lost, each at connecting, at a command and at
		// the data behind it.
		bound: 9 * peerTimeout},
	{name: "the mail server", busy: "421 Trop de clients\r\n", greets: true, enter: enterMail, give: giveMail, missing: missingMail,
		// Three conversations may break, each when connecting or greeting, at a
		// command and when saying goodbye.
		bound: 9 * peerTimeout},
}

// badCode is the library behind the bad wire.
const badCode = "beauvoir"

// badNumber is that of the card a round is about.
func badNumber(round int) string { return manyCardNumber("R", round) }

// front serves a simulated system behind the bad wire, at an address the hub
// is given.
func (n *badNetwork) front(system *sigb.System) (address func(sigb.Door) string, server *sigb.Server) {
	server = sigb.NewServer(system, sigb.ServerOptions{})
	listening := httptest.NewServer(server)
	n.t.Cleanup(func() {
		listening.Close()
		_ = server.Close()
	})
	n.wire = newBadWire(n.t, anyPort, hostOf(n.t, listening.URL))
	return func(door sigb.Door) string { return "http://" + n.wire.addr + string(door) }, server
}

func enterPushed(n *badNetwork) (cards.JobKind, string) {
	n.system = sigb.New(sigb.Config{Code: badCode})
	address, _ := n.front(n.system)
	n.library(badCode, "--push-url="+address(sigb.REST))
	return cards.JobPush, badCode
}

func giveByPost(n *badNetwork, round int) {
	n.mours.mustPost(n.t, documentOf("mours", testCard{number: badNumber(round), phone: phoneOf(round)}))
}

func missingAtSystem(n *badNetwork) error {
	for round := range n.rounds {
		p, has := n.system.Patron(badNumber(round))
		if !has || p.Phone != phoneOf(round) {
			return fmt.Errorf("card %s has not arrived", badNumber(round))
		}
	}
	if status := n.status(badCode); status.Behind > 0 {
		return fmt.Errorf("%d cards behind", status.Behind)
	}
	if twice := len(n.system.Patrons()) - n.system.Len(); twice != 0 {
		return fmt.Errorf("%d cards came twice", twice)
	}
	return nil
}

func enterHarvested(n *badNetwork) (cards.JobKind, string) {
	n.system = sigb.New(sigb.Config{Code: badCode})
	address, server := n.front(n.system)
	n.library(badCode, "--oai-url="+address(sigb.OAI), "--oai-set="+server.Set(), "--oai-prefix="+server.Prefix())
	return cards.JobHarvest, badCode
}

func giveAtDesk(n *badNetwork, round int) {
	if err := n.system.Enrol(reader(badNumber(round)), sigb.Local{}); err != nil {
		n.t.Fatal(err)
	}
}

// missingAtHub wants one version of each card.
func missingAtHub(n *badNetwork) error { return n.oneVersionEach(n.rounds) }

func (n *badNetwork) oneVersionEach(rounds int) error {
	for round := range rounds {
		versions := rowsOf(n.t, n.db, "SELECT v.seq FROM versions v JOIN cards c ON c.id = v.card_id WHERE c.number = '"+badNumber(round)+"'")
		if len(versions) != 1 {
			return fmt.Errorf("%d versions of card %s", len(versions), badNumber(round))
		}
	}
	return nil
}

// enterFTP has the connections of data cross wires as well: one leads to each
// port the server may name, and a gate behind the wire of commands names the
// wires instead.
func enterFTP(n *badNetwork) (cards.JobKind, string) {
	n.library(badCode)
	n.folder = filepath.Join(n.t.TempDir(), "ftp")
	// One port is not enough: the server keeps it for a caller that was cut off.
	const ports = 16
	first := quietPorts(n.t, ports)
	server, err := ftpdrop.NewServer(n.foundation().store, ftpdrop.ServerOptions{
		Listen: anyPort, Root: n.folder, Passive: ftpdrop.PortRange{First: first, Last: first + ports - 1},
	})
	if err != nil {
		n.t.Fatal(err)
	}
	runFTPServer(n.t, server)
	target := server.Target()
	data := map[string]string{}
	var wires []*badWire
	for port := first; port < first+ports; port++ {
		w := newBadWire(n.t, anyPort, "127.0.0.1:"+strconv.Itoa(port))
		_, named, _ := strings.Cut(w.addr, ":")
		data[strconv.Itoa(port)], wires = named, append(wires, w)
	}
	n.wire = newBadWire(n.t, anyPort, newFTPGate(n.t, new(tripwire), target.Host, data).addr)
	n.wire.also = wires
	n.FTP = "ftp://" + target.User + "@" + n.wire.addr + "/"
	n.FTPPasswordFile = writeFile(n.t, "ftp", target.Password)
	return cards.JobFTP, ""
}

func giveFile(n *badNetwork, round int) {
	putFile(n.t, n.folder, badCode, "depot-"+strconv.Itoa(round)+".xml", documentOf(badCode, testCard{number: badNumber(round), phone: phoneOf(round)}))
}

func missingFiles(n *badNetwork) error {
	if left, err := filepath.Glob(filepath.Join(n.folder, badCode, "*")); err != nil || len(left) > 0 {
		return errors.Join(err, fmt.Errorf("%d files wait", len(left)))
	}
	for _, name := range rowsOf(n.t, n.db, "SELECT name FROM deposits WHERE door = 'ftp' AND status <> 'reception' GROUP BY name HAVING count(*) > 1") {
		return fmt.Errorf("%s was taken more than once", name)
	}
	return n.oneVersionEach(n.rounds)
}

func enterMail(n *badNetwork) (cards.JobKind, string) {
	n.box = newPostbox(n.t)
	n.wire = newBadWire(n.t, anyPort, n.box.addr)
	n.SMTP = "smtp://" + n.wire.addr
	return cards.JobMail, ""
}

func giveMail(n *badNetwork, round int) {
	m := cards.Message{To: "beauvoir@example.org", Subject: "Lettre " + strconv.Itoa(round), Body: "Bonjour.\n", Key: "lettre-" + strconv.Itoa(round)}
	if err := n.hub.store.QueueMail(n.t.Context(), m); err != nil {
		n.t.Fatal(err)
	}
}

// missingMail wants each letter. One may come more than once only where the
// server took it and the hub could not hear so.
func missingMail(n *badNetwork) error {
	came := map[string]int{}
	for _, l := range n.box.all() {
		came[l.subject]++
	}
	for _, row := range rowsOf(n.t, n.db, "SELECT subject, attempts, CASE WHEN sent > 0 THEN 1 ELSE 0 END FROM outbox") {
		columns := strings.Split(row, " | ")
		attempts, err := strconv.Atoi(columns[1])
		if err != nil {
			return err
		}
		if columns[2] == "0" || came[columns[0]] == 0 {
			return errors.New(columns[0] + " has not been sent")
		}
		if came[columns[0]] > attempts {
			return fmt.Errorf("%s came %d times of %d attempts", columns[0], came[columns[0]], attempts)
		}
	}
	if len(came) != n.rounds {
		return fmt.Errorf("%d letters of %d", len(came), n.rounds)
	}
	return nil
}
