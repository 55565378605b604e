package web

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"strings"

	"github.com/labstack/echo/v4"
)

//go:embed assets
var assetFiles embed.FS

const assetRoot = "/assets/"

// asset is a file with its content's hash in its address: it may be kept for ever.
type asset struct {
	content []byte
	kind    string
}

var assets, assetNames = hashedAssets()

// hashedAssets maps addresses to files, and files' names to addresses.
func hashedAssets() (byAddress map[string]asset, addresses map[string]string) {
	kinds := map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
	byAddress, addresses = map[string]asset{}, map[string]string{}
	entries, err := fs.ReadDir(assetFiles, "assets")
	if err != nil {
		panic(err) // the files are part of the program
	}
	for _, entry := range entries {
		content, err := assetFiles.ReadFile(path.Join("assets", entry.Name()))
		if err != nil {
			panic(err)
		}
		sum := sha256.Sum256(content)
		ext := path.Ext(entry.Name())
		address := strings.TrimSuffix(entry.Name(), ext) + "." + hex.EncodeToString(sum[:6]) + ext
		byAddress[address] = asset{content: content, kind: kinds[ext]}
		addresses[entry.Name()] = assetRoot + address
	}
	return byAddress, addresses
}

func registerAssets(d desk) {
	d.read(assetRoot+":file", func(c echo.Context) error {
		file, known := assets[c.Param("file")]
		if !known {
			return echo.NewHTTPError(http.StatusNotFound)
		}
		h := c.Response().Header()
		h.Set(echo.HeaderCacheControl, "public, max-age=31536000, immutable")
		h.Set(echo.HeaderXContentTypeOptions, "nosniff")
		return c.Blob(http.StatusOK, file.kind, file.content)
	})
	d.read("/favicon.ico", func(c echo.Context) error { return c.Redirect(http.StatusMovedPermanently, assetNames["hub.svg"]) })
}
