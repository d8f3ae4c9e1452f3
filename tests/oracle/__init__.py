"""The leak oracle: marks that go in, the forms that they could come out in, the places where they are looked for."""
