"""Bodies and answers about documents."""

from typing import Any

from rest_framework import serializers

from reviewapp.lib.endpoints import Body
from screening.documents import Document, DocumentPage, ReadingPlace, RetrievalEntry
from screening.services.documents import WIDTHS


class DocumentSerializer(serializers.ModelSerializer[Document]):
    is_scan = serializers.BooleanField(read_only=True)
    reports: Any = serializers.PrimaryKeyRelatedField(many=True, read_only=True)

    class Meta:
        model = Document
        fields = ["id", "filename", "sha256", "size", "pages", "letters", "is_scan", "title", "subject", "reports"]
        read_only_fields = fields


class PageSerializer(serializers.ModelSerializer[DocumentPage]):
    """The frozen text of a page. Each line is [start, end, left, top, right, bottom, words]: code points of the text, places in
    ten-thousandths of the page, words as [start in the line, left, right, …]."""

    lines = serializers.ListField(child=serializers.ListField(), read_only=True)

    class Meta:
        model = DocumentPage
        fields = ["number", "width", "height", "is_read", "text", "lines"]
        read_only_fields = fields


class FoundSerializer(serializers.Serializer[Any]):
    page = serializers.IntegerField(read_only=True)
    start = serializers.IntegerField(read_only=True)
    end = serializers.IntegerField(read_only=True)
    before = serializers.CharField(read_only=True)
    words = serializers.CharField(read_only=True)
    after = serializers.CharField(read_only=True)


class FindsSerializer(serializers.Serializer[Any]):
    hits = FoundSerializer(many=True, read_only=True)
    more = serializers.BooleanField(read_only=True)


class PlaceSerializer(serializers.ModelSerializer[ReadingPlace]):
    class Meta:
        model = ReadingPlace
        fields = ["page", "part", "zoom", "turned"]
        read_only_fields = fields


class PlaceChange(Body):
    page = serializers.IntegerField(min_value=1)
    part = serializers.IntegerField(min_value=0, max_value=1000, required=False)
    zoom = serializers.IntegerField(min_value=0, max_value=500, required=False)
    turned = serializers.ChoiceField(choices=[0, 90, 180, 270], required=False)


class WordsQuery(Body):
    q = serializers.CharField(max_length=200, required=False)


class WidthQuery(Body):
    width = serializers.ChoiceField(choices=list(WIDTHS), required=False)


class RetrievalEntrySerializer(serializers.ModelSerializer[RetrievalEntry]):
    by = serializers.CharField(allow_null=True, read_only=True)

    class Meta:
        model = RetrievalEntry
        fields = ["id", "state", "source", "note", "on", "by", "at"]
        read_only_fields = fields
