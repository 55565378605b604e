package cards

import (
	"strconv"
	"time"
)

// NetworkView is the network as it is looked at for trouble.
type NetworkView struct {
	Libraries []LibraryStatus
	HubJobs   []Job
	Presences map[int64]Presence // by library
	Rejected  map[int64]int64    // cards the hub rejected today or yesterday, by library
	Suspended []Deposit
	// Mail that waits, since when the oldest, and mail given up lately.
	MailWaiting int64
	MailOldest  time.Time
	MailLost    int64
	ClockBehind int64 // seconds
	Machine     Machine
	Now         time.Time // in the network's zone
}

// Machine is what the hub that looks runs on.
type Machine struct {
	// DiskFree and DiskSize are of the disk with its data, in bytes; 0 where they are not known.
	DiskFree, DiskSize int64
	// Certificate is when that of its FTP server ends; zero where there is none.
	Certificate time.Time
}

// Below these something is wrong.
const (
	diskPart         = 10 // less than a tenth of the disk, and
	diskLeast        = 2 << 30
	certificateLeast = 21 * 24 * time.Hour
)

// DiskLow reports whether the disk fills up.
func (m Machine) DiskLow() bool {
	return m.DiskSize > 0 && m.DiskFree < diskLeast && m.DiskFree < m.DiskSize/diskPart
}

// CertificateLow reports whether the certificate ends soon, or has ended.
func (m Machine) CertificateLow(now time.Time) bool {
	return !m.Certificate.IsZero() && m.Certificate.Sub(now) < certificateLeast
}

const (
	failuresInARow = 5
	mailPatience   = time.Hour
)

// Findings are what is wrong. A library that staff paused is not looked at: they
// know why.
func (v *NetworkView) Findings() []Finding {
	var found []Finding
	for i := range v.Libraries {
		switch l := &v.Libraries[i]; {
		case l.Library.Stopped:
			found = append(found, Finding{TroubleKey: TroubleKey{Kind: TroubleStopped, LibraryID: l.Library.ID}, Library: l.Library.Code, Ripe: true})
		case !l.Library.Paused:
			found = append(found, v.ofLibrary(l)...)
		}
	}
	found = append(found, failing(v.HubJobs, HubID, "")...)
	for i := range v.Suspended {
		d := &v.Suspended[i]
		found = append(found, Finding{
			TroubleKey: TroubleKey{TroubleSuspended, d.LibraryID, strconv.FormatInt(d.ID, 10)}, Library: d.Library,
			Detail: TroubleDetail{Count: int64(d.Counts.Modified)}, Ripe: true, Told: true,
		})
	}
	if v.MailLost > 0 || v.MailWaiting > 0 && v.Now.Sub(v.MailOldest) > mailPatience {
		found = append(found, Finding{
			TroubleKey: TroubleKey{Kind: TroubleOutbox}, Detail: TroubleDetail{Count: v.MailWaiting, Lost: v.MailLost}, Ripe: true,
		})
	}
	if v.ClockBehind > 0 {
		found = append(found, Finding{TroubleKey: TroubleKey{Kind: TroubleClock}, Detail: TroubleDetail{Count: v.ClockBehind}, Ripe: true})
	}
	return append(found, v.ofMachine()...)
}

func (v *NetworkView) ofMachine() []Finding {
	var found []Finding
	if v.Machine.DiskLow() {
		const mebibyte = 1 << 20
		found = append(found, Finding{TroubleKey: TroubleKey{Kind: TroubleDisk}, Detail: TroubleDetail{Count: v.Machine.DiskFree / mebibyte}, Ripe: true})
	}
	if v.Machine.CertificateLow(v.Now) {
		found = append(found, Finding{TroubleKey: TroubleKey{Kind: TroubleEnding}, Detail: TroubleDetail{Since: v.Machine.Certificate}, Ripe: true})
	}
	return found
}

func (v *NetworkView) ofLibrary(s *LibraryStatus) []Finding {
	id, code := s.Library.ID, s.Library.Code
	found := failing(s.Jobs, id, code)
	presence := v.Presences[id]
	if since, silent := presence.Silent(v.Now); silent && !s.Library.Preparing {
		found = append(found, Finding{TroubleKey: TroubleKey{Kind: TroubleSilence, LibraryID: id}, Library: code, Detail: TroubleDetail{Since: since}, Ripe: true})
	}
	if s.Refusing > 0 { // the next attempt may do
		found = append(found, Finding{TroubleKey: TroubleKey{TroubleRefused, id, RefusedByLibrary}, Library: code, Detail: TroubleDetail{Count: s.Refusing}})
	}
	if n := v.Rejected[id]; n > 0 {
		found = append(found, Finding{TroubleKey: TroubleKey{TroubleRefused, id, RefusedByHub}, Library: code, Detail: TroubleDetail{Count: n}, Ripe: true})
	}
	return found
}

func failing(jobs []Job, libraryID int64, code string) []Finding {
	var found []Finding
	for _, job := range jobs {
		if job.Failures > 0 && !job.Paused {
			found = append(found, Finding{
				TroubleKey: TroubleKey{TroubleFailing, libraryID, string(job.Kind)}, Library: code,
				Detail: TroubleDetail{Count: int64(job.Failures), Since: job.LastSuccess}, Ripe: job.Failures >= failuresInARow,
			})
		}
	}
	return found
}
