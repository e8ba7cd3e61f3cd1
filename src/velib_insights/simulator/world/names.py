"""Station names made from parts, written as an operator writes them: two streets, a square, a railway station.

Like the real list, the result holds accents, apostrophes, a few duplicates and a few stray spaces.
"""

from __future__ import annotations

from random import Random

STREETS = (
    "Abbé Groult", "Alésia", "Alphonse Baudin", "Amelot", "Anatole France", "André Breton", "Aristide Briand",
    "Arsenal", "Assas", "Auguste Blanqui", "Bac", "Balard", "Barbès", "Bastille", "Beaumarchais", "Belgrand",
    "Belleville", "Bercy", "Bichat", "Blanche", "Boétie", "Bolivar", "Botzaris", "Brancion", "Brochant",
    "Cambronne", "Cardinet", "Carnot", "Caulaincourt", "Censier", "Chabrol", "Championnet", "Charcot",
    "Charles de Gaulle", "Charonne", "Château d'Eau", "Chaussée d'Antin", "Clichy", "Colonel Fabien",
    "Commerce", "Convention", "Courcelles", "Crimée", "Croix-Nivert", "Damrémont", "Daumesnil", "Denfert",
    "Desnouettes", "Didot", "Doudeauville", "Duhesme", "Duranton", "Édouard Vaillant", "Élysée Reclus",
    "Émile Zola", "Estienne d'Orves", "Europe", "Fabert", "Faidherbe", "Félix Faure", "Flandre", "Fontaine",
    "Francs Bourgeois", "Gabriel Péri", "Gallieni", "Gambetta", "Général Leclerc", "Georges Brassens",
    "Glacière", "Gobelins", "Grands Boulevards", "Grenelle", "Guy Môquet", "Haussmann", "Hector Berlioz",
    "Henri Barbusse", "Hoche", "Iéna", "Italie", "Jacques Duclos", "Jaurès", "Javel", "Jean Lolive",
    "Jean Moulin", "Jeanne d'Arc", "Jourdain", "Jourdan", "Jules Guesde", "Jules Joffrin", "Kellermann",
    "Keufer", "La Fayette", "Lamarck", "Lecourbe", "Ledru-Rollin", "Lénine", "Léon Blum", "Liberté", "Lilas",
    "Lisbonne", "Lobau", "Longchamp", "Louis Blanc", "Lourmel", "Magenta", "Mairie", "Malesherbes", "Manin",
    "Marcadet", "Maréchal Foch", "Maurice Thorez", "Ménilmontant", "Michelet", "Milton", "Monge", "Montreuil",
    "Mouffetard", "Mozart", "Nation", "Notre-Dame", "Oberkampf", "Observatoire", "Odéon", "Orléans", "Ornano",
    "Ourcq", "Paradis", "Parmentier", "Pasteur", "Patay", "Paul Vaillant Couturier", "Pelleport", "Péreire",
    "Pernety", "Philippe Auguste", "Picpus", "Pierre Curie", "Pigalle", "Plaisance", "Poissonnière",
    "Pont Neuf", "Port Royal", "Pyrénées", "Quatre Septembre", "Raspail", "Rennes", "République", "Reuilly",
    "Richard Lenoir", "Riquet", "Rivoli", "Rochechouart", "Roger Salengro", "Roquette", "Saint-Ambroise",
    "Saint-Antoine", "Saint-Fargeau", "Saint-Germain", "Saint-Maur", "Saint-Ouen", "Santé", "Sébastopol",
    "Sèvres", "Stalingrad", "Strasbourg", "Suffren", "Télégraphe", "Ternes", "Tolbiac", "Tour d'Auvergne",
    "Trudaine", "Turbigo", "Turenne", "Vaugirard", "Verdun", "Victor Hugo", "Vincent Auriol", "Voltaire",
    "Volontaires", "Wagram", "Wilson",
)  # fmt: skip

PLACES = (
    "Cimetière", "Collège", "Conservatoire", "Gymnase", "Hôpital", "Lycée", "Mairie", "Marché", "Médiathèque",
    "Musée", "Parc", "Piscine", "Place", "Pont", "Porte", "Quai", "Rond-point", "Square", "Stade", "Théâtre",
)  # fmt: skip

GENERIC = ("Place de la Gare", "Place Nelson Mandela", "Verdun - Carnot", "Hôtel de Ville", "Place du Marché")


class Namer:
    """Names for the stations of one network, in the order they are asked for."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._used: set[str] = set()

    def reseed(self, rng: Random) -> None:
        """Draw from another generator from now on; the names given so far stay taken."""
        self._rng = rng

    def name(self, commune: str) -> str:
        """A name not given before, save for a few that are as common as in any city."""
        rng = self._rng
        draw = rng.random()
        if draw < 0.008:
            return rng.choice(GENERIC)
        while True:
            name = self._fresh(draw, commune)
            if name not in self._used:
                self._used.add(name)
                return self._typed(name)
            draw = 1.0

    def _fresh(self, draw: float, commune: str) -> str:
        first, second = self._rng.sample(STREETS, 2)
        if draw < 0.02 and commune != "Paris":
            return f"{self._rng.choice(('Mairie', 'Gare', 'Hôpital'))} de {commune}"
        if draw < 0.12:
            return f"{self._rng.choice(PLACES)} {first}"
        if draw < 0.20:
            return f"{first} - {self._rng.choice(PLACES)} {second}"
        if draw < 0.25:
            return first
        return f"{first} - {second}"

    def _typed(self, name: str) -> str:
        slip = self._rng.random()
        if slip < 0.015:
            return name + " "
        if slip < 0.02:
            return name.replace(" - ", " -  ")
        return name
