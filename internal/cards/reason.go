package cards

// Why says in a sentence for staff why a value sent was taken or not.
func (r Reason) Why() string {
	switch {
	case r.Rule == RulePoorer:
		return "La bibliothèque avait elle-même envoyé la valeur complète : la forme plus courte est voulue."
	case r.Rule == RuleHolder:
		return "La bibliothèque avait la valeur en place, et l’a changée."
	case r.Rule == RuleBehind:
		return "La valeur envoyée est une ancienne valeur : la bibliothèque n’avait pas encore la nouvelle."
	case r.Rule == RuleMeeting && r.Taken:
		return "La bibliothèque envoyait la carte pour la première fois : le lecteur y est inscrit, ou sa fiche est la plus récente."
	case r.Rule == RuleMeeting:
		return "La bibliothèque envoyait la carte pour la première fois : rien ne dit que sa valeur soit plus récente."
	case r.Rule == RuleJoined:
		return "Deux fiches du même lecteur ont été réunies : la valeur la plus récente, ou la plus complète, est restée."
	case r.Taken:
		return "La bibliothèque a changé la valeur."
	}
	return "La valeur en place est restée."
}
