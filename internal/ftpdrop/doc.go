// Package ftpdrop is the door of files: libraries drop documents into a folder
// each on an FTP server, and the hub takes them from there.
//
//	library ──STOR──▶ CODE/export.xml ──RETR──▶ Inbox.Receive ─▶ Integrate ─▶ letter, if refused ─▶ DELE
//	                  (embedded, vsftpd, …)      (bytes sealed)                 (queued)
//
// Poller is an FTP client and knows nothing of the server it visits. Server is
// the hub's own FTP server; the poller reads it through the same client, with an
// account of its own, so that there is one way in for files.
//
// A file goes through these steps in this order, and a crash between any two is
// repaired by the next round: its bytes are sealed in the database, integrated,
// the letter is queued, the file is deleted, the deposit forgets its file. As
// long as the last step is missing, a file with the deposit's name, size and
// bytes is known to be that deposit and is not integrated a second time.
//
// A large file is fetched and integrated beside the others (beside): it keeps
// only those of its own library waiting.
//
// Nothing of what a document means lives here: that is exchange and intake.
package ftpdrop
