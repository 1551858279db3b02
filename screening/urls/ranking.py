from django.urls import path

from screening.views import ranking

urlpatterns = [
    path("ranking/<str:stage>/", ranking.ranking, name="ranking"),
    path("ranking/<str:stage>/order/", ranking.ranking_order, name="ranking-order"),
    path("ranking/<str:stage>/target/", ranking.ranking_target, name="ranking-target"),
    path("ranking/<str:stage>/simulation/", ranking.ranking_simulate, name="ranking-simulate"),
    path("ranking/<str:stage>/terms/", ranking.ranking_term, name="ranking-term"),
]
