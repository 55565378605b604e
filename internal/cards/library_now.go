package cards

// MayRunNow refuses work of a library's that its settings give no reason for. Staff ask for it on the pages, over the JSON interface and
// by the command line.
func (l *Library) MayRunNow(kind JobKind) error {
	switch {
	case kind == JobHarvest && !l.Harvested():
		return Errorf(Conflict, "%s n’est pas moissonnée : elle donne elle-même ses cartes.", l.Code)
	case kind == JobPush && !l.Pushed():
		return Errorf(Conflict, "%s vient chercher ses cartes : le concentrateur ne lui livre rien.", l.Code)
	case l.Paused:
		return Errorf(Conflict, "Les échanges avec %s sont suspendus ; reprenez-les d’abord.", l.Code)
	case kind == JobPush && l.Preparing:
		return Errorf(Conflict, "%s est en préparation : rien ne lui est livré avant son ouverture.", l.Code)
	}
	return nil
}
